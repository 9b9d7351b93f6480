//! Reports that are kept: read as untrusted files, compared, imported, gathered.

use std::process::Command;
use std::sync::OnceLock;

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
