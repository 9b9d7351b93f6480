//! Reports in a real browser: with and without a script, on a phone, on a desktop, dark, light and on paper.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::rendering::rendered;

/// The browser, where one is installed.
fn chromium() -> Option<PathBuf> {
    const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "chrome", "chromium-freeworld"];
    let given = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    given.or_else(|| {
        std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|file| file.is_file())
    })
}

/// What the check said; `None` where this machine lacks a browser and need not have one.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(super) fn check(page: &Path, golden: Option<&Path>) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let ready = chromium().filter(|_| folder.join("node_modules/puppeteer-core").is_dir());
    let Some(chromium) = ready else {
        let why = "needs chromium, node and `npm ci` in tests/browser (scripts/setup.sh --test)";
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("skipped: {why}");
        return None;
    };
    let shots = std::env::var_os("DENSIMETER_SHOTS").map_or_else(|| page.with_file_name("shots"), PathBuf::from);
    let mut command = Command::new("node");
    command.arg(folder.join("check.mjs")).arg(chromium).arg(page).arg(shots);
    if let Some(golden) = golden {
        command.arg(golden);
        if std::env::var_os("DENSIMETER_BLESS").is_some() {
            command.arg("--bless");
        }
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_report_has_no_fault_in_a_browser() {
    let folder = rendered(&super::rich::rich());
    let Some(found) = check(&folder.path().join("out/index.html"), None) else { return };
    assert_eq!(found["faults"], serde_json::json!([]), "{found:#}");
}

#[test]
fn the_committed_report_looks_as_it_was_accepted() {
    let report = super::schema::samples().pop().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/golden");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    let output = command.arg("report").arg(&report).arg("-o").arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Other systems bring other fonts, and with them other pictures.
    let golden = cfg!(target_os = "linux").then_some(golden.as_path());
    let Some(found) = check(&folder.path().join("index.html"), golden) else { return };
    assert_eq!(found["faults"], serde_json::json!([]), "{found:#}");
}

#[test]
fn the_check_finds_what_is_wrong() {
    let folder = rendered(&super::run());
    let path = folder.path().join("out/index.html");
    let page = std::fs::read_to_string(&path).unwrap();
    let wrong = page
        .replace(
            "</main>",
            "<img src=\"https://example.org/x.png\"><p style=\"width: 900px\">x</p><script>1</script></main>",
        )
        .replace("<html lang=\"en\">", "<html>");
    std::fs::write(&path, wrong).unwrap();
    let Some(found) = check(&path, None) else { return };
    let faults = found["faults"].to_string();
    for fault in ["Content Security Policy", "axe html-has-lang", "axe image-alt"] {
        assert!(faults.contains(fault), "{fault}: {found:#}");
    }
}
