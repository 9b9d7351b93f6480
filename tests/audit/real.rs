//! The audit of a real model: against itself, against a faithful and against a damaging requantisation.

use std::path::{Path, PathBuf};
use std::process::Command;

use densimeter::model::cache::Cache;
use densimeter::model::catalog::Catalog;
use serde_json::Value;

const ID: &str = "gemma-3-270m";

fn densimeter(arguments: &[&str]) -> (i32, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_densimeter")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), said)
}

/// The published benchmarks where this machine has them, else the small ones that the project made.
fn data() -> (String, bool) {
    let named = std::env::var_os("DENSIMETER_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    match named.into_iter().chain([beside]).find(|folder| folder.join("mmlu").is_dir()) {
        Some(folder) => (folder.display().to_string(), true),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini").display().to_string(), false),
    }
}

fn quantized(model: &str, format: &str, folder: &Path) -> String {
    let path = folder.join(format!("{}.gguf", format.replace(' ', "")));
    let target = path.display().to_string();
    let formats: Vec<&str> = format.split(' ').collect();
    let (code, _, said) =
        densimeter(&[&["models", "quantize", model][..], &formats, &["-o", &target, "--json"]].concat());
    assert_eq!(code, 0, "{said}");
    target
}

#[test]
fn a_damaged_copy_drops_early_a_faithful_one_and_the_file_itself_hold() {
    let catalog = Catalog::load().unwrap();
    let file = catalog.get(ID).unwrap().file(None).unwrap();
    let path = Cache::of_this_user().unwrap().model_path(ID, &file.name);
    assert!(path.is_file(), "{}: no such file; run `densimeter models fetch {ID}` (`make test` does)", path.display());
    let model = path.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let faithful = quantized(&model, "Q8_0", folder.path());
    let damaged = quantized(&model, "Q4_0 --pure", folder.path());
    let out = folder.path().join("audit").display().to_string();
    let (data, pinned) = data();
    // Six programs alone are too few for a verdict.
    let task = if pinned { "humaneval" } else { "humaneval,mbpp" };
    let mut fixed = vec!["--data", &data, "-o", &out, "--json", "--quiet", "--no-speed", "--task", task];
    if !pinned {
        fixed.push("--unpinned-data");
    }
    let audit = |compressed: &str, more: &[&str]| {
        let (code, document, said) = densimeter(&[&["audit", &model, compressed][..], &fixed, more].concat());
        assert!(code == 0 || code == 3, "{said}");
        (code, document[0].clone())
    };

    let (code, record) = audit(&damaged, &["--loss-only", "--sequential", "--kl-tokens", "48"]);
    assert_eq!((code, &record["verdict"], &record["basis"]), (3, &"dropped".into(), &"loss".into()), "{record:#}");
    assert!(record["divergence"]["kl_nats"]["low"].as_f64().unwrap() > 0.1, "{}", record["divergence"]);
    let items = |key: &str| record["items"][key].as_u64().unwrap();
    // The small benchmarks hold a dozen programs: one look.
    assert!(!pinned || 5 * items("used") <= items("planned"), "{}", record["items"]);
    assert_eq!(record["kinship"]["kind"], "quantised-from");

    let (code, record) = audit(&model, &["--loss-only", "--limit", "8", "--kl-tokens", "0"]);
    let ratio = &record["ratio"];
    assert_eq!((code, &record["verdict"], &record["p_value"]), (0, &"held".into(), &1.0.into()));
    assert_eq!((&ratio["low"], &ratio["point"], &ratio["high"]), (&1.0.into(), &1.0.into(), &1.0.into()));

    let (code, record) = audit(&faithful, &["--loss-only", "--limit", "24", "--kl-tokens", "32"]);
    // So few programs may bound no loss within a percent; that nothing is called dropped holds all the same.
    assert!(code == 0 && ["held", "undecided"].iter().any(|verdict| record["verdict"] == *verdict), "{record:#}");
    assert!(record["divergence"]["kl_nats"]["high"].as_f64().unwrap() < 0.02, "{}", record["divergence"]);
}
