//! What is typed, what is printed and what is logged.

use std::process::Command;

use densimeter::eval::record::Record;
use serde_json::Value;

use super::{densimeter, fixture};

#[test]
fn the_command_prints_one_document_with_the_contract_fields() {
    let folder = tempfile::tempdir().unwrap();
    let output = densimeter().args(["-m", "mock:", "--task", "mmlu,math", "-o"]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["mock"], true);
    for row in document["tasks"].as_array().unwrap() {
        for field in ["score", "conditional_loss", "bits_per_byte"] {
            let estimate = &row[field];
            let number = |name: &str| estimate[name].as_f64().unwrap_or_else(|| panic!("{field}.{name}: {row}"));
            assert!(number("low") <= number("point") && number("point") <= number("high"), "{field}: {estimate}");
        }
        assert!(row["tokens_evaluated"].as_u64().unwrap() > 0);
        assert_eq!(row["at_chance"], true, "a hash knows no answers: {row}");
    }
    let log = std::fs::read_to_string(folder.path().join("mmlu.jsonl")).unwrap();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let logprobs: Vec<f64> = line["logprobs"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(logprobs.iter().map(|logprob| logprob.exp()).sum::<f64>() < 1.0);
        let gold = ["A", "B", "C", "D"].iter().position(|letter| line["gold"] == **letter).unwrap();
        assert_eq!(line["nll_nats"].as_f64().unwrap(), -logprobs[gold]);
    }
}

#[test]
fn mistakes_of_the_command_line_say_the_way_out() {
    let task = densimeter().args(["-m", "mock:", "--task", "gpqa"]).output().unwrap();
    assert_eq!(task.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&task.stderr).contains("mmlu"));
    let model = densimeter().args(["-m", "/no/such.gguf"]).output().unwrap();
    assert_eq!(model.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&model.stderr).contains("/no/such.gguf"));
}

#[test]
fn a_list_of_ids_is_taken_to_the_letter_and_unknown_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("ids.txt");
    std::fs::write(&list, "small_sums/test/3\n\n  small_sums/test/1  \nsmall_sums/test/99\n").unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "mmlu", "--items"]).arg(&list).arg("-o").arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("1 of 3 ids are in none of these tasks: small_sums/test/99")
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["unknown_ids"], serde_json::json!(["small_sums/test/99"]));
    let log = std::fs::read_to_string(folder.path().join("mmlu.jsonl")).unwrap();
    let ids: Vec<String> = log.lines().map(|line| serde_json::from_str::<Record>(line).unwrap().id).collect();
    assert_eq!(ids, ["small_sums/test/1", "small_sums/test/3"]);
    let row = &document["tasks"][0];
    assert_eq!(row["engine_noise"]["items"], 2);
    assert_eq!(row["engine_noise"]["identical"], 2, "the double has no noise: {row}");
    assert_eq!(row["score"]["method"], "wilson");
    let own = document["own_prefill"]["median"].as_f64().unwrap();
    let share = row["unique_tokens_per_second"].as_f64().unwrap() / own;
    assert!((row["share_of_own_prefill"].as_f64().unwrap() / share - 1.0).abs() < 1e-9);
}

/// The forecast is what the run then does, up to the estimate of bytes a token (the double's tokens vary little).
#[test]
fn what_was_foretold_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "mmlu,humaneval", "--full", "--loss-only", "--noise-items", "0", "-o"]);
    let output = command.arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("mmlu: 49 items, about"));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    for row in document["tasks"].as_array().unwrap() {
        let (foretold, read) =
            (row["forecast"]["tokens_read"].as_f64().unwrap(), row["tokens_unique"].as_f64().unwrap());
        assert!((foretold / read - 1.0).abs() < 0.15, "{}: {foretold} foretold, {read} read", row["task"]);
        assert_eq!(row["forecast"]["tokens_written_at_most"], 0.0);
    }
}

/// Texts are written in one step and their programs run in another, on another machine if need be.
#[test]
#[cfg(target_os = "linux")]
fn programs_can_be_written_here_and_run_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = densimeter();
    command.args(["-m", "mock:", "--task", "humaneval", "--full", "--leave-code", "--noise-items", "0", "-o"]);
    let output = command.arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["tasks"][0]["score"].is_null());
    assert!(document["tasks"][0]["score_reason"].as_str().unwrap().contains("sandbox --score"));
    let log = folder.path().join("humaneval.jsonl");
    let mut lines: Vec<Value> =
        std::fs::read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["correct"].is_null() && line.get("error").is_none()));
    // The double writes no programs; the item that was done first gets the published solution.
    let rows = std::fs::read_to_string(fixture("bench-mini/humaneval/test.jsonl")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let row = rows.iter().find(|row| row["task_id"] == lines[0]["id"]).unwrap();
    lines[0]["completion"] = row["canonical_solution"].clone();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&log, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_densimeter"));
    command.args(["sandbox", "--json", "--task", "humaneval", "--data"]).arg(fixture("bench-mini"));
    let output = command.arg("--score").arg(&log).output().unwrap();
    let scored: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scored["passed"], 1, "{scored}");
    assert_eq!(scored["n"], lines.len());
    let score = &scored["score"];
    assert!((score["point"].as_f64().unwrap() - 100.0 / lines.len() as f64).abs() < 1e-9);
    assert!(score["low"].as_f64() < score["point"].as_f64() && score["method"] == "wilson");
}
