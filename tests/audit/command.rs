//! The command: published pairs, and model files on the mock engine.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::models::writer::Writer;

fn audit(arguments: &[&str]) -> (i32, Value, String) {
    let output = Command::cargo_bin("densimeter").unwrap().arg("audit").args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), document, said)
}

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name).display().to_string()
}

fn verdicts(document: &Value) -> Vec<&str> {
    document.as_array().unwrap().iter().map(|record| record["verdict"].as_str().unwrap()).collect()
}

#[test]
fn of_the_papers_seven_pairs_one_gains_and_six_drop() {
    let (code, document, _) = audit(&["--pairs", &shipped("compression.csv"), "--json"]);
    assert_eq!(code, 3, "a drop is exit code 3");
    assert_eq!(verdicts(&document), ["gained", "dropped", "dropped", "dropped", "dropped", "dropped", "dropped"]);
    for record in document.as_array().unwrap() {
        let own = &record["verdicts"]["params"];
        assert_eq!(own["basis"], "published-point");
        assert!(own["p_value"].is_null() && own["p_adjusted"].is_null(), "a point has no p-value");
        assert!(record["verdicts"]["memory"]["reason"].is_string());
    }
    assert_eq!(document[0]["compressed"], "Gemma-2-9B");
    // A margin that covers everything holds everything, and nothing is wrong then.
    let (code, document, _) = audit(&["--pairs", &shipped("compression.csv"), "--json", "--margin", "0.75"]);
    assert_eq!((code, verdicts(&document)), (0, vec!["held"; 7]));
}

#[test]
fn quantised_rows_get_no_better_with_fewer_bits_and_exceptions_are_named() {
    let (code, document, _) = audit(&["--pairs", &shipped("compression_pairs.csv"), "--json"]);
    assert_eq!(code, 3);
    // The row of Bonsai is of another source.
    let of_the_study =
        |row: &&Value| row["original"].as_str().unwrap().starts_with("Qwen3") && row["densities_text"].is_null();
    let rows: Vec<&Value> = document.as_array().unwrap().iter().filter(|r| of_the_study(r)).collect();
    assert_eq!(rows.len(), 75);
    let rank = |row: &Value| match row["verdict"].as_str().unwrap() {
        "dropped" => 0,
        "undecided" => 1,
        "held" => 2,
        _ => 3,
    };
    let method = |row: &Value| row["variant"].as_str().unwrap().replace(|c: char| c.is_ascii_digit(), "");
    let bits = |row: &Value| row["bits"][1].as_f64().unwrap();
    for a in &rows {
        for b in &rows {
            let comparable = a["original"] == b["original"] && method(a) == method(b) && bits(a) < bits(b);
            if comparable && rank(a) > rank(b) {
                assert!(a["exception"].is_string(), "{} fares better than {}", a["compressed"], b["compressed"]);
            }
        }
    }
    let low = |row: &&&Value| bits(row) <= 3.0;
    assert!(rows.iter().filter(low).all(|row| row["verdict"] == "dropped"), "three bits and fewer lose on every model");
    for row in &rows {
        let own = &row["verdicts"]["params"];
        assert!(own["p_adjusted"].as_f64().unwrap() >= own["p_value"].as_f64().unwrap());
    }
}

#[test]
fn a_mean_of_other_tests_gives_three_densities_as_points_and_one_sentence() {
    let (_, document, _) = audit(&["--pairs", &shipped("compression_pairs.csv"), "--json"]);
    let row = document.as_array().unwrap().iter().find(|row| row["compressed"] == "Bonsai-8B Q1_0").unwrap();
    // The published figures, and what they come to: sizes 14.26 to 1; the curve of methodology-density.md at 70.5 and 79.3.
    assert_eq!(
        (&row["bytes"], &row["bits"]),
        (&serde_json::json!([16.4e9, 1.15e9]), &serde_json::json!([16.0, 1.125]))
    );
    let size = |score: f64| {
        let loss = 0.162872 + (90.7731 / (score - 10.781) - 1.0).ln() / 24.4117;
        ((loss - 0.030383) / 2.03315).powf(-1.0 / 0.115334)
    };
    let ratio = |kind: &str| row["verdicts"][kind]["ratio"]["point"].as_f64().unwrap();
    approx::assert_relative_eq!(ratio("params"), size(70.5) / size(79.3), max_relative = 1e-3);
    approx::assert_relative_eq!(ratio("memory"), ratio("params") * 16.4 / 1.15, max_relative = 1e-9);
    let verdict = |kind: &str| row["verdicts"][kind]["verdict"].as_str().unwrap();
    assert_eq!([verdict("memory"), verdict("params"), verdict("time")], ["gained", "dropped", "undecided"]);
    let time = &row["verdicts"]["time"];
    assert!(time["ratio"].is_null() && time["reason"].as_str().unwrap().contains("no speed"), "{time}");
    let params = &row["verdicts"]["params"];
    assert!(params["ratio"]["low"].is_null() && params["reason"].as_str().unwrap().contains("stand-in"), "{params}");
    let sentence = row["densities_text"].as_str().unwrap();
    assert!(sentence.starts_with("Bonsai-8B Q1_0 against Qwen3-8B: by memory gained (density x "), "{sentence}");
    assert!(sentence.ends_with("mean of 6 tests 70.5 against 79.3, 1.15 against 16.4 GB"), "{sentence}");
}

#[test]
fn mixed_protocols_widen_the_interval() {
    let header = "original,compressed,method,orig_params_b,comp_params_b,orig_bits,comp_bits,orig_mmlu,comp_mmlu,\
                  orig_bbh,comp_bbh,same_protocol\n";
    let folder = tempfile::tempdir().unwrap();
    let width = |protocol: &str| {
        let path = folder.path().join(format!("{protocol}.csv"));
        std::fs::write(&path, format!("{header}A,B,quantization,8,8,16,4,60,59.8,55,54.9,{protocol}\n")).unwrap();
        let (code, document, _) = audit(&["--pairs", path.to_str().unwrap(), "--json"]);
        assert_eq!(code, 0);
        assert_eq!(document[0]["verdict"], "undecided");
        let ratio = &document[0]["ratio"];
        (ratio["high"].as_f64().unwrap() / ratio["low"].as_f64().unwrap()).ln()
    };
    assert!(width("mixed") > 1.3 * width("yes"));
}

#[test]
fn a_broken_table_is_one_line_that_names_the_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.csv");
    std::fs::write(&path, "original,compressed,method,density_original,density_compressed\nA,B,pruning,1,-2\n")
        .unwrap();
    let (code, _, said) = audit(&["--pairs", path.to_str().unwrap(), "--json"]);
    assert_eq!(code, 1);
    assert!(said.contains("row 1") && said.contains("density_compressed") && said.lines().count() == 1, "{said}");
    assert_eq!(audit(&["only-one.gguf"]).0, 2);
    assert_eq!(audit(&["--pairs", path.to_str().unwrap(), "--margin", "1.5"]).0, 2);
}

#[test]
fn an_unknown_task_is_refused_with_the_names_of_the_known() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = mock(folder.path(), &["mock:", "mock:"], &["--task", "mmlu,mlmu"]);
    assert_eq!(code, 2);
    assert!(said.contains("'mlmu'") && said.contains("humaneval") && said.lines().count() == 1, "{said}");
}

#[test]
fn the_environment_names_the_benchmarks_where_no_option_does() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("densimeter")
        .unwrap()
        .env("DENSIMETER_DATA", folder.path().join("elsewhere"))
        .args(["audit", "--engine", "mock", "mock:", "mock:"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("elsewhere") && said.contains("--data"), "{said}");
}

#[test]
fn a_model_that_cannot_be_evaluated_is_a_failed_row() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "mock:sharp=1.0002";
    // A file where the folder of its item logs should be.
    let hash: String = Sha256::digest(broken).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.path().join(hash), "").unwrap();
    let more = ["--no-speed", "--kl-tokens", "0", "--task", "mmlu,bbh"];
    let (code, document, said) = mock(folder.path(), &["mock:", broken, "mock:"], &more);
    assert_eq!(code, 4, "{said}");
    assert_eq!(verdicts(&document), ["undecided", "held"]);
    assert!(document[0]["failed"].is_string() && document[0]["ratio"].is_null(), "{:#}", document[0]);
    assert!(document[1].get("failed").is_none());
    // A drop beside it is what the pipeline must hear of.
    let (code, document, _) = mock(folder.path(), &["mock:", broken, "mock:sharp=1.3"], &more);
    assert_eq!((code, verdicts(&document)), (3, vec!["undecided", "dropped"]));
    // With nothing left to judge, the audit has failed.
    assert_eq!(mock(folder.path(), &["mock:", broken], &more).0, 1);
}

fn mini() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini")
}

/// An audit on the mock engine and the small benchmarks.
pub(super) fn mock(out: &Path, models: &[&str], more: &[&str]) -> (i32, Value, String) {
    let (data, out) = (mini().display().to_string(), out.display().to_string());
    let fixed = ["--engine", "mock", "--data", &data, "--unpinned-data", "-o", &out, "-t", "1", "--json"];
    audit(&[models, &fixed[..], more].concat())
}

#[test]
fn a_worse_model_drops_on_its_loss_and_the_pipeline_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let junit = folder.path().join("audit.xml");
    let more = ["--no-speed", "--junit", junit.to_str().unwrap(), "--github", "--kl-tokens", "200"];
    let (code, document, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3"], &more);
    assert_eq!(code, 3, "{said}");
    let record = &document[0];
    assert_eq!((&record["verdict"], &record["basis"]), (&"dropped".into(), &"loss".into()), "{record:#}");
    assert!(record["ratio"]["high"].as_f64().unwrap() < 1.0 && record["p_adjusted"].as_f64().unwrap() <= 0.05);
    assert!(record["density_original"].is_null() && record["basis_reason"].is_string());
    let text = record["text"].as_str().unwrap();
    assert!(text.starts_with("dropped by params: loss rose by "), "{text}");
    // A loss says nothing of a smaller model's density, but here the two are equally large.
    assert_eq!(record["verdicts"]["memory"]["verdict"], "dropped");
    assert!(record["verdicts"]["time"]["reason"].as_str().unwrap().contains("--no-speed"));
    let kl = &record["divergence"]["kl_nats"];
    assert!(kl["low"].as_f64().unwrap() > 0.02 && kl["high"].as_f64().unwrap() < 0.1, "{kl}");
    assert_eq!(record["divergence"]["tokens"], 200);
    // The double is only surer of itself: its most probable token stays what it was.
    assert_eq!(record["divergence"]["top_token_agreement"]["point"], 1.0);
    // Nor does any answer change: the scores say nothing, and say so.
    let difference = &record["tasks"]["mmlu"]["score_difference"];
    assert_eq!((&difference["points"]["point"], &difference["p_value"]), (&0.0.into(), &1.0.into()), "{difference}");
    assert!(difference["points"]["high"].as_f64().unwrap() > 1.0, "no change in a few items is no proof of none");
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains("failures=\"1\"") && xml.contains("loss rose by"), "{xml}");
    assert!(said.contains("::error title=densimeter audit"), "{said}");
}

#[test]
fn a_model_against_itself_holds_with_a_ratio_of_exactly_one() {
    let folder = tempfile::tempdir().unwrap();
    for more in [&["--no-speed"][..], &["--no-speed", "--sequential"], &["--no-speed", "--by", "memory"]] {
        let (code, document, said) = mock(folder.path(), &["mock:", "mock:"], more);
        assert_eq!(code, 0, "{said}");
        let record = &document[0];
        assert_eq!(record["verdict"], "held");
        assert_eq!((&record["p_value"], &record["p_adjusted"]), (&1.0.into(), &1.0.into()));
        let ratio = &record["ratio"];
        assert_eq!((&ratio["low"], &ratio["point"], &ratio["high"]), (&1.0.into(), &1.0.into(), &1.0.into()));
        for kind in ["params", "memory", "time"] {
            assert_eq!(record["verdicts"][kind]["verdict"], "held", "{kind}");
        }
    }
}

#[test]
fn holm_counts_every_model_of_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--no-speed", "--kl-tokens", "0", "--task", "bbh"];
    let one = mock(folder.path(), &["mock:", "mock:sharp=1.02"], &more).1;
    let three = mock(folder.path(), &["mock:", "mock:sharp=1.02", "mock:sharp=1.021", "mock:sharp=1.019"], &more).1;
    let p = |document: &Value, key: &str| document[0][key].as_f64().unwrap();
    assert_eq!(p(&one, "p_value"), p(&three, "p_value"));
    assert_eq!(p(&one, "p_adjusted"), p(&one, "p_value"), "one model, one task: one test");
    assert!(p(&three, "p_adjusted") > p(&three, "p_value"));
    let drop = |document: &Value| document[0]["verdicts"]["params"]["detectable_drop"].as_f64().unwrap();
    assert!(drop(&three) >= drop(&one), "a larger family sees less");
}

#[test]
fn strangers_are_refused_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, layers: u32| {
        let model = Writer::default()
            .text("general.architecture", "llama")
            .u32("llama.block_count", layers)
            .u32("llama.embedding_length", 64)
            .text("tokenizer.ggml.model", "gpt2")
            .tensor("token_embd.weight", &[64, 64], 2, 64 * 2 * 18);
        let path = folder.path().join(name);
        std::fs::write(&path, model.finish()).unwrap();
        path.display().to_string()
    };
    let (original, stranger) = (file("original.gguf", 4), file("stranger.gguf", 2));
    let more = ["--no-speed", "--kl-tokens", "0", "--task", "humaneval", "--loss-only"];
    let (code, _, said) = mock(folder.path(), &[&original, &stranger], &more);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("layers 4 and 2") && said.contains("--unrelated") && said.lines().count() == 1, "{said}");
    let (code, document, said) = mock(folder.path(), &[&original, &stranger], &[&more[..], &["--unrelated"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(document[0]["kinship"].is_null());
    let (code, document, _) = mock(folder.path(), &[&original, &file("again.gguf", 4)], &more);
    assert_eq!((code, &document[0]["kinship"]["kind"]), (0, &"same-file".into()), "told by the bytes, not by the name");
}

#[test]
fn time_is_measured_one_model_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--kl-tokens", "0", "--task", "humaneval", "--loss-only", "--by", "time"];
    let (_, document, said) = mock(folder.path(), &["mock:", "mock:sharp=1.3"], &more);
    let speed = &document[0]["speed"];
    for side in ["original", "compressed"] {
        assert!(speed[side]["seconds_per_request"].as_f64().unwrap() > 0.0, "{said}");
    }
    // The double's speed is noise: whatever it is, a loss that rose is a drop only where no time was saved.
    let verdict = &document[0]["verdicts"]["time"];
    assert!(["dropped", "undecided"].contains(&verdict["verdict"].as_str().unwrap()), "{verdict}");
    assert!(verdict["reason"].as_str().unwrap().contains("of the original's time"), "{verdict}");
}
