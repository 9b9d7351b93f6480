//! Reports that are kept: read as untrusted files, compared, imported, gathered.

use std::process::Command;
use std::sync::OnceLock;

use densimeter::bench::measurement::Speed;
use serde_json::{Value, json};

use super::models::writer::small;

mod agreement;
mod browser;
mod compare;
mod gallery;
mod import;
mod kept;
mod rendering;
mod rich;
mod schema;
mod stored;

pub(super) use schema::samples;

/// An evaluation of these tasks with every member that a document of the program has; what the tasks say stays.
pub(super) fn evaluation(tasks: &[Value]) -> Value {
    let whole = json!({
        "task": "mmlu", "version": 1, "shots": 5, "n": 100, "failed": 0,
        "selection": { "method": "ids", "population": 100, "seed": null, "strata": {} },
        "score": null, "score_average": "micro", "score_macro": null, "score_reason": null, "graded": 100,
        "at_chance": false, "standing": null, "conditional_loss": null, "conditional_loss_unit": "nats per token",
        "conditional_loss_kind": "dataset-gold", "bits_per_byte": null, "loss_reason": null, "engine_noise": null,
        "tokens_evaluated": 6392, "tokens_saved": 0, "tokens_unique": 6392, "tokens_per_second": null,
        "unique_tokens_per_second": null, "share_of_own_prefill": null,
        "forecast": { "tokens_read": 6400.0, "tokens_written_at_most": 0.0, "seconds": null },
        "decode_seconds": 15.2, "seconds": 15.3, "resumed": 0,
    });
    let filled = |task: &Value| {
        let mut whole = whole.clone();
        for (name, member) in task.as_object().unwrap() {
            whole[name] = member.clone();
        }
        whole
    };
    let context = json!({
        "n_ctx": 1024, "n_batch": 2048, "n_ubatch": 512, "threads": 2, "flash_attention": false, "type_k": "f16",
        "type_v": "f16", "n_seq_max": 1, "swa_full": false,
    });
    json!({
        "schema": 1, "model": { "id": "small", "sha256": "00" }, "engine": { "name": "mock", "features": [] }, "mock": true,
        "own_prefill": null, "seed": 42, "score_unit": "percent", "shard": null, "unknown_ids": [],
        "settings": { "context": context, "exact": false, "share": true, "alone": true, "parallel": 8 },
        "tasks": tasks.iter().map(filled).collect::<Vec<_>>(),
    })
}

/// The report that was committed at 7fc4e2e.
pub(super) fn committed() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| {
        let path = "reports/amd-epyc/20261126T073928Z-12297/report.json";
        let text = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        serde_json::from_slice(&text).unwrap()
    })
}

/// A folder of a run is valid by the schema, and its files hold the same numbers.
pub(super) fn holds_together(folder: &std::path::Path, report: &Value) {
    assert_eq!(schema::faults(report), [""; 0]);
    assert!(rendering::compare(report, folder) > 20);
}

/// Makes the speeds of a row those of its repetitions: a report that contradicts itself is not read.
fn consistent(row: &mut Value) {
    let samples: Vec<u64> = serde_json::from_value(row["samples_ns"].clone()).unwrap();
    let speed = Speed::of(row["tokens"].as_u64().unwrap().try_into().unwrap(), &samples).unwrap();
    row["tokens_per_second"] = json!(speed.mean);
    row["median_tokens_per_second"] = json!(speed.median);
    row["stddev_tokens_per_second"] = json!(speed.deviation);
    row["spread"] = json!(speed.spread);
}

/// Gives a row repetitions around a speed, in tokens per second, by shares of it.
pub(super) fn at_speed(row: &mut Value, speed: f64, shares: &[f64]) {
    let tokens = row["tokens"].as_f64().unwrap();
    let samples: Vec<u64> = shares.iter().map(|share| (tokens * 1e9 / (speed * share)).round() as u64).collect();
    row["samples_ns"] = json!(samples);
    consistent(row);
}

/// A report of `densimeter bench` on the deterministic engine.
fn bench() -> Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    let measure = || {
        let home = tempfile::tempdir().unwrap();
        let model = home.path().join("small.gguf");
        std::fs::write(&model, small().finish()).unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args([
            "bench",
            "--engine",
            "mock",
            "--no-wait",
            "--json",
            "-p",
            "64",
            "-n",
            "16",
            "-r",
            "5",
            "-t",
            "2",
        ]);
        command.arg("-m").arg(&model).arg("-o").arg(home.path().join("run"));
        command.env("HOME", home.path()).env("DENSIMETER_CACHE", home.path().join("cache"));
        command.env_remove("DENSIMETER_MOCK_DELAY_MS").env_remove("DENSIMETER_TEST_FREE_MEMORY");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    REPORT.get_or_init(measure).clone()
}

/// A report of the shape of `densimeter run` around it.
fn run() -> Value {
    let bench = bench();
    json!({
        "schema": 1, "run_id": bench["run_id"], "device": bench["device"], "eval": null, "density": null,
        "crossover": null, "audit": null, "reasons": {"eval": "left out"}, "warnings": [], "verdicts": ["fine"],
        "seconds": {"bench": 1.5}, "valid": bench["valid"], "bench": bench,
    })
}
