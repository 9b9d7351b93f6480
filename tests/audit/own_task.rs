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
    assert_eq!((&record["basis"], &record["ratio"]), (&"score".into(), &Value::Null), "{record:#}");
    assert!(record["text"].as_str().unwrap().contains("the score changed by"), "{record:#}");
    assert!(record["basis_reason"].as_str().unwrap().contains("no item has a loss of both models"), "{record:#}");
    assert!(record["tasks"]["colours"]["score_original"]["point"].is_number(), "{record:#}");
}

#[test]
fn a_score_that_fell_is_a_drop_where_there_is_no_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    let task = "name = \"mine\"\nitems = \"i.jsonl\"\nprompt = \"{q}\"\ngrader = \"contains\"\n";
    std::fs::write(&path, task).unwrap();
    let audit = |items: usize, compressed: &str| {
        let rows: String = (0..items).map(|at| format!("{{\"q\":\"Capital {at}?\",\"answer\":\"Paris\"}}\n")).collect();
        std::fs::write(folder.path().join("i.jsonl"), rows).unwrap();
        let mut command = Command::cargo_bin("densimeter").unwrap();
        command.args(["audit", "mock:reply=Paris", compressed, "--engine", "mock", "--no-speed", "--kl-tokens", "0"]);
        command.arg("--task-file").arg(&path).args(["-t", "1", "--json", "-o"]);
        let output = command.arg(tempfile::tempdir().unwrap().keep()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
        (output.status.code(), document[0].clone())
    };
    let (code, record) = audit(40, "mock:reply=London");
    assert_eq!((code, &record["verdict"]), (Some(3), &"dropped".into()), "{record:#}");
    let difference = &record["tasks"]["mine"]["score_difference"];
    let lost = difference["discordant"]["lost"].as_i64().unwrap();
    assert!((5..25).contains(&lost) && difference["discordant"]["won"] == 0, "{difference}");
    // McNemar: as many fair coins, one-sided.
    approx::assert_relative_eq!(record["p_value"].as_f64().unwrap(), 0.5_f64.powi(lost as i32), max_relative = 1e-9);
    let points = format!("the score changed by {:+.1} points", -100.0 * lost as f64 / 40.0);
    assert!(record["text"].as_str().unwrap().contains(&points), "{record:#}");
    let (code, record) = audit(12, "mock:reply=London");
    assert_eq!(
        (code, &record["verdict"]),
        (Some(0), &"undecided".into()),
        "three lost answers are too few: {record:#}"
    );
    let (code, record) = audit(60, "mock:reply=Paris");
    assert_eq!((code, &record["verdict"]), (Some(0), &"held".into()), "the same file: {record:#}");
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
