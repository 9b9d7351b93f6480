//! The committed reports, and that nothing kept is ever rewritten.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::rendering::compare;
use super::schema::samples;

#[test]
fn the_files_beside_a_committed_report_say_the_same() {
    for path in samples() {
        let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let folder = path.parent().unwrap();
        assert!(compare(&report, folder) > 50, "{}", path.display());
        assert!(folder.join("run.jsonl").is_file(), "{}: the journal belongs to it", path.display());
        assert!(!folder.join("eval").exists(), "{}: items of benchmarks are not ours to publish", path.display());
        let text = fs::read_to_string(&path).unwrap();
        for place in ["root", "home", "work", "tmp", "Users"].map(|name| format!("\"/{name}/")) {
            assert!(!text.contains(&place), "{}: names a folder of the machine, {place}", path.display());
        }
        assert_eq!(report["device"]["virtualisation"]["found"], true, "{}: of the development machine", path.display());
    }
}

#[test]
fn a_correction_is_a_new_report_that_names_the_old_one() {
    let old = samples().pop().unwrap();
    let old = old.parent().unwrap();
    let before = fs::read(old.join("report.json")).unwrap();
    let new = tempfile::tempdir().unwrap();
    let target = new.path().join("a folder");
    let correct = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.arg("report").arg(old).args(["--supersede", "a wrong unit"]).arg("-o").arg(&target).output().unwrap()
    };
    let output = correct();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&fs::read(target.join("report.json")).unwrap()).unwrap();
    let first: Value = serde_json::from_slice(&before).unwrap();
    assert_eq!(found["supersedes"]["run_id"], first["run_id"]);
    assert_eq!(found["supersedes"]["reason"], "a wrong unit");
    let id = found["run_id"].as_str().unwrap();
    let plain = id.len() > 17 && id.as_bytes()[8] == b'T' && id.as_bytes()[15..17] == *b"Z-";
    assert!(plain && id != first["run_id"] && id != "a folder", "the id of a run, not the name of a folder: {id}");
    assert_eq!(found["bench"]["run_id"], found["run_id"]);
    assert_eq!(found["bench"]["results"], first["bench"]["results"], "derived from the same journal");
    assert!(fs::read_to_string(target.join("index.html")).unwrap().contains("a wrong unit"));
    assert_eq!(fs::read(old.join("report.json")).unwrap(), before, "the old one stays");
    let again = correct();
    assert_eq!(again.status.code(), Some(2), "a correction is not rewritten either");
}
