//! Answers that were made elsewhere.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::fixture;

/// Grades the answers of a text, to some tasks of the small benchmarks.
fn grade(tasks: &str, answers: &str, extra: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.jsonl");
    std::fs::write(&file, answers).unwrap();
    grade_file(tasks, &file, extra)
}

fn grade_file(tasks: &str, file: &Path, extra: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["eval", "--json", "--unpinned-data", "--data"]).arg(fixture("bench-mini"));
    command.args(["--task", tasks, "--responses"]).arg(file).args(extra).output().unwrap()
}

fn lines(answers: &[(&str, &str)]) -> String {
    answers.iter().map(|(id, response)| json!({"id": id, "response": response}).to_string() + "\n").collect()
}

fn document(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn sums_are_graded_with_an_interval_and_what_is_missing_is_said() {
    let answers = lines(&[("0", "6 * 4 = 24.\n#### 24"), ("1", "900"), ("2", "It costs $6.00."), ("9", "?")]);
    let output = grade("gsm8k", &answers, &[]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("1 of 4 ids are in none of gsm8k: 9"), "{said}");
    assert!(said.contains("1 of 4 items have no answer"), "{said}");
    let document = document(&output);
    assert_eq!(document["unknown_ids"], json!(["9"]));
    let row = &document["tasks"][0];
    assert_eq!(
        (&row["asked"], &row["n"], &row["missing"], &row["missing_ids"]),
        (&4.into(), &3.into(), &1.into(), &json!(["3"]))
    );
    assert_eq!((&row["graded"], &row["failed"]), (&3.into(), &0.into()));
    // Wilson's interval of 3 of 3 at 95 %: 3/(3 + z²).
    assert_eq!((&row["score"]["point"], &row["score"]["method"]), (&100.0.into(), &"wilson".into()));
    assert!((row["score"]["low"].as_f64().unwrap() - 43.850_3).abs() < 1e-3, "{row}");
}

#[test]
fn instructions_have_four_scores() {
    let answers = lines(&[("2", "Sure:\n* owl\n* wren\n* crow"), ("7", "Dear all. See you later."), ("9", "- ")]);
    let document = document(&grade("ifeval", &answers, &[]));
    let scores = &document["tasks"][0]["instructions"];
    assert_eq!(scores["instructions"], 3);
    let point = |name: &str| scores[name]["point"].as_f64().unwrap();
    // Of the last nothing can be said, which counts as followed; the first line of the first is no bullet.
    assert!(
        (point("prompt_strict") - 200.0 / 3.0).abs() < 1e-9 && (point("instruction_loose") - 200.0 / 3.0).abs() < 1e-9
    );
}

#[test]
fn letters_chains_and_boxes_are_read_as_in_a_run() {
    let text = |name: &str| std::fs::read_to_string(fixture("bench-mini").join(name)).unwrap();
    let rows =
        |name: &str| -> Vec<Value> { text(name).lines().map(|row| serde_json::from_str(row).unwrap()).collect() };
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let mut answers = Vec::new();
    for row in rows("mmlu/test.jsonl") {
        let letter = ["A", "B", "C", "D"][row["answer"].as_u64().unwrap() as usize];
        answers.push((id(&row), format!("The answer is ({letter}).")));
    }
    for row in rows("bbh/test.jsonl") {
        answers.push((id(&row), format!("We think. So the answer is {}.", row["target"].as_str().unwrap())));
    }
    for row in rows("math/test.jsonl") {
        answers.push((id(&row), row["solution"].as_str().unwrap().to_owned()));
    }
    let answers: Vec<(&str, &str)> = answers.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let document = document(&grade("mmlu,bbh,math", &lines(&answers), &[]));
    let tasks = document["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 3);
    for row in tasks {
        assert_eq!((&row["score"]["point"], &row["missing"]), (&100.0.into(), &0.into()), "{row}");
    }
}

#[test]
fn programs_run_in_the_jail_or_are_errors_and_never_wrong_for_want_of_one() {
    let rows = std::fs::read_to_string(fixture("bench-mini/humaneval/test.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let (id, solution) = (row["task_id"].as_str().unwrap(), row["canonical_solution"].as_str().unwrap());
    let fenced = format!("Here you are:\n```python\n{}{solution}```\nDone.", row["prompt"].as_str().unwrap());
    for answer in [solution.to_owned(), fenced] {
        let output = grade("humaneval", &lines(&[(id, &answer)]), &[]);
        let row = document(&output)["tasks"][0].clone();
        if row["failed"] == 1 {
            assert_eq!((output.status.code(), &row["score"]), (Some(4), &Value::Null));
            assert!(row["score_reason"].is_string());
        } else {
            assert_eq!((output.status.code(), &row["score"]["point"]), (Some(0), &100.0.into()), "{row}");
        }
    }
}

#[test]
fn what_cannot_be_graded_is_refused_with_the_way_out() {
    let said = |output: Output| (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned());
    let (code, text) = said(grade("gsm8k", "{\"id\": 0, \"response\": \"1\"}\n{\"id\": 1}\n", &[]));
    assert!(code == Some(1) && text.contains("answers.jsonl:2:"), "{text}");
    let (code, text) = said(grade("gsm8k", &lines(&[("x", "1")]), &[]));
    assert!(code == Some(2) && text.contains("no id of --responses"), "{text}");
    let (code, text) = said(grade("piqa", &lines(&[("0", "1"), ("1", "1"), ("piqa:2", "x")]), &[]));
    assert!(code == Some(2) && (text.contains("probabilities") || text.contains("no id")), "{text}");
    // The first sum and nothing else: an id of two tasks must say of which it is.
    let (code, text) = said(grade("gsm8k,ifeval", &lines(&[("2", "6")]), &[]));
    assert!(code == Some(2) && text.contains("gsm8k:2"), "{text}");
    assert_eq!(said(grade("gsm8k,ifeval", &lines(&[("gsm8k:2", "6")]), &[])).0, Some(0));
    assert_eq!(said(grade("gsm8k", &lines(&[("0", "24")]), &["-m", "mock:"])).0, Some(2));
    assert_eq!(said(grade_file("gsm8k", Path::new("/no/such.jsonl"), &[])).0, Some(1));
    let neither = Command::new(env!("CARGO_BIN_EXE_densimeter")).args(["eval", "--task", "mmlu"]).output().unwrap();
    assert_eq!(neither.status.code(), Some(2));
}

#[test]
fn a_list_of_ids_says_which_answers_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let ids = folder.path().join("ids.txt");
    std::fs::write(&ids, "0\n3\n").unwrap();
    let output = grade("gsm8k", &lines(&[("0", "24")]), &["--items", ids.to_str().unwrap()]);
    let row = document(&output)["tasks"][0].clone();
    assert_eq!((&row["asked"], &row["missing_ids"]), (&2.into(), &json!(["3"])));
}
