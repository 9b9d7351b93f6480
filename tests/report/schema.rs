//! The schema against what the program writes and what is committed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn schema() -> Value {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    serde_json::from_slice(&command.arg("schema").output().unwrap().stdout).unwrap()
}

/// Faults of a report by the schema.
pub(super) fn faults(report: &Value) -> Vec<String> {
    let validator = jsonschema::options().build(&schema()).unwrap();
    validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect()
}

/// The folders in `reports/` that belong to the repository, the newest last; a run of one's own may lie beside them.
const COMMITTED: [&str; 2] =
    ["reports/amd-epyc/20261126T073928Z-12297", "reports/intel-r-xeon-r-processor/20261127T174514Z-17339"];

/// The committed reports.
pub(in super::super) fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    COMMITTED.iter().map(|folder| root.join(folder).join("report.json")).collect()
}

#[test]
fn every_committed_report_is_valid_by_the_schema() {
    for path in samples() {
        let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(faults(&report), [""; 0], "{}", path.display());
    }
}

#[test]
fn a_bench_alone_and_what_llama_bench_tells_are_valid_by_the_schema() {
    assert_eq!(faults(&super::bench()), [""; 0]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/llama-bench");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(stored) = densimeter::report::stored::Stored::read(&path) else { continue };
        assert_eq!(faults(&serde_json::to_value(&stored.report).unwrap()), [""; 0], "{}", path.display());
        read += 1;
    }
    assert!(read >= 4, "{read} imports");
}

#[test]
fn fresh_reports_are_valid_and_wrong_ones_are_not() {
    for report in [super::run(), super::rich::rich()] {
        assert_eq!(faults(&report), [""; 0]);
    }
    let mut wrong = super::rich::rich();
    wrong["bench"]["results"][0]["tokens_per_second"]["point"] = "fast".into();
    assert!(!faults(&wrong).is_empty());
    let mut wrong = super::rich::rich();
    wrong["device"]["cpu"]["cores"] = "two".into();
    assert!(!faults(&wrong).is_empty(), "parts that the program carries as JSON are described, too");
    let mut wrong = super::rich::rich();
    wrong["crossover"][0]["status"] = "soon".into();
    assert!(!faults(&wrong).is_empty());
    let mut wrong = super::rich::rich();
    wrong.as_object_mut().unwrap().remove("run_id");
    assert!(!faults(&wrong).is_empty());
}
