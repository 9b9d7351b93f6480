//! `models quantize` through the binary.

use std::path::Path;
use std::process::Output;

use assert_cmd::cargo::cargo_bin_cmd;
#[cfg(feature = "llama")]
use serde_json::Value;

use crate::models::writer::small;

fn quantize(cache: &Path, model: &Path, arguments: &[&str]) -> Output {
    cargo_bin_cmd!("densimeter")
        .env("DENSIMETER_CACHE", cache)
        .args(["models", "quantize"])
        .arg(model)
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(output.stdout.is_empty() && text.lines().count() == 1, "{text}");
    text
}

fn model(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("small.gguf");
    std::fs::write(&path, small().finish()).unwrap();
    path
}

#[test]
fn what_cannot_be_asked_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path());
    assert!(said(&quantize(folder.path(), &model, &["Q9_X"]), 2).contains("'Q9_X' is none of F32, F16"));
    assert!(
        said(&quantize(folder.path(), &model, &["Q8_0", "F16", "-o", "one.gguf"]), 2).contains("-o names one file")
    );
    // Rows of 64 values hold no block of 256.
    let misfit = said(&quantize(folder.path(), &model, &["Q8_0", "--token-embedding-type", "Q4_K"]), 1);
    assert!(misfit.contains("small.gguf") && misfit.contains("blocks of 256"), "{misfit}");
    let itself = said(&quantize(folder.path(), &model, &["Q8_0", "--force", "-o", model.to_str().unwrap()]), 1);
    assert!(itself.contains("is the model itself"), "{itself}");
}

#[test]
fn a_failure_leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path());
    let target = folder.path().join("out");
    let arguments = ["Q8_0", "--engine", "mock", "-o", target.to_str().unwrap()];
    assert!(said(&quantize(folder.path(), &model, &arguments), 1).contains("the engine 'mock' has no quantiser"));
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
}

#[cfg(feature = "llama")]
#[test]
fn a_model_is_written_anew_with_its_metadata_and_lineage() {
    use densimeter::model::cache::Cache;
    use densimeter::model::catalog::Catalog;
    use densimeter::model::gguf::Header;

    const ID: &str = "smollm2-135m-instruct";
    let folder = tempfile::tempdir().unwrap();
    let file = Catalog::load().unwrap().get(ID).unwrap().file(None).unwrap().clone();
    let source = Cache::of_this_user().unwrap().model_path(ID, &file.name);
    let arguments = ["Q8_0,Q2_K", "--pure", "--json", "-o", folder.path().to_str().unwrap()];
    let output = quantize(folder.path(), &source, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Value = serde_json::from_slice(&output.stdout).unwrap();
    let before = Header::read(&source).unwrap();
    let after = Header::read(Path::new(lines[0]["path"].as_str().unwrap())).unwrap();
    assert_eq!(after.params(), before.params());
    assert_eq!(after.facts(), before.facts());
    assert_eq!(Some(after.lineage().unwrap().sha256), file.sha256);
    // 211 matrices of blocks of 34 bytes for 32 values; 61 vectors of 576 floats.
    let vectors = 61.0 * 576.0;
    let bits = ((134_515_008.0 - vectors) * 8.5 + vectors * 32.0) / 134_515_008.0;
    assert!((lines[0]["bits_per_weight"].as_f64().unwrap() - bits).abs() < 1e-9);
    assert_eq!(lines[0]["fallbacks"], serde_json::json!([]));
    // All rows but those of the 30 down projections (1536) have 576 values, which blocks of 256 do not divide.
    let fallback = &lines[1]["fallbacks"][0];
    assert_eq!((&fallback["row"], &fallback["tensors"], &fallback["got"]), (&576.into(), &181.into(), &"Q4_0".into()));
    assert!(lines[0]["warnings"][0].as_str().unwrap().contains("made from Q4_1"));
    // An existing file stays unless it is told otherwise.
    let again = quantize(folder.path(), &source, &["Q8_0", "--pure", "-o", folder.path().to_str().unwrap()]);
    assert!(said(&again, 1).contains("add --force"));
}
