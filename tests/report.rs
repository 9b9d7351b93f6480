//! Reports that are kept: read as untrusted files, compared, imported, gathered.

use std::process::Command;
use std::sync::OnceLock;

use densimeter::bench::measurement::Speed;
use serde_json::{Value, json};

use super::models::writer::small;

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
