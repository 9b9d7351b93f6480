//! An audit on a task of the user: scores in pairs, and a loss where the task has a text to measure it on.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn audit(task: &str, more: &[&str]) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/own-tasks").join(task).display().to_string();
    let out = folder.path().display().to_string();
    let fixed = ["audit", "mock:", "mock:sharp=1.3", "--engine", "mock", "--task-file", &file, "-o", &out, "-t", "1"];
    let arguments = [&fixed[..], &["--json", "--no-speed"], more].concat();
    let output = Command::cargo_bin("densimeter").unwrap().args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), said)
}

#[test]
fn a_task_of_the_user_is_paired_by_item_and_its_loss_decides() {
    let (code, document, said) = audit("capitals.toml", &["--kl-tokens", "16"]);
    assert!(code == 0 || code == 3, "{said}");
    let record = &document[0];
    assert_eq!(record["basis"], "loss", "{record:#}");
    let task = &record["tasks"]["capitals"];
    assert!(task["score_difference"]["items"].as_u64().unwrap() > 1, "{task:#}");
    assert!(task["loss"]["original"]["point"].as_f64().unwrap() > 0.0, "{task:#}");
    assert!(record["divergence"]["tokens"].as_u64().unwrap() > 0, "{record:#}");
}

#[test]
fn a_task_without_a_text_to_measure_has_scores_and_says_that_it_has_no_loss() {
    let (code, document, said) = audit("colours.toml", &["--kl-tokens", "0"]);
    assert_eq!(code, 0, "{said}");
    let record = &document[0];
    assert_eq!((&record["verdict"], &record["ratio"]), (&"undecided".into(), &Value::Null));
    assert!(record["text"].as_str().unwrap().contains("no item has a loss of both models"), "{record:#}");
    assert!(record["tasks"]["colours"]["score_original"]["point"].is_number(), "{record:#}");
}

#[test]
fn a_broken_task_file_is_one_line_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, "name = \"mine\"\nitems = 3\n").unwrap();
    let output = Command::cargo_bin("densimeter")
        .unwrap()
        .args(["audit", "mock:", "mock:", "--engine", "mock", "--task-file", path.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(said.contains("my.toml") && said.contains('2') && said.lines().count() == 1, "{said}");
}
