//! A report with everything in it: a bench on the mock engine, and made-up numbers where a machine would have measured.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

fn estimate(point: f64, low: f64, high: f64) -> Value {
    json!({ "point": point, "low": low, "high": high, "level": 0.95, "method": "made up for a test" })
}

fn said(arguments: &[&str]) -> Value {
    let output =
        Command::new(assert_cmd::cargo::cargo_bin!("densimeter")).args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Rows that differ in depth and threads, with heat, clocks and energy.
fn rows(bench: &mut Value) {
    let rows = bench["results"].as_array().unwrap().clone();
    let (decode, load): (Vec<Value>, Vec<Value>) = (
        rows.iter().filter(|row| row["phase"] == "decode").cloned().collect(),
        rows.iter().filter(|row| row["phase"] == "load").cloned().collect(),
    );
    let mut all: Vec<Value> = rows.into_iter().filter(|row| row["phase"] != "load").collect();
    for (at, (depth, threads)) in [(512, 2), (2048, 2), (0, 1), (0, 4)].into_iter().enumerate() {
        let mut row = decode[0].clone();
        let speed = 40.0 / (1.0 + f64::from(depth) / 4096.0) * f64::from(threads) / 2.0;
        row["depth"] = json!(depth);
        row["threads"] = json!(threads);
        row["test"] = json!(if depth > 0 { format!("tg16 @ d{depth}") } else { format!("tg16 on {threads}") });
        super::at_speed(&mut row, speed, &[0.97, 1.03, 1.0, 0.98, 1.02]);
        row["thermal"] = json!({
            "start_celsius": 45.0 + at as f64, "end_celsius": 52.5 + at as f64, "start_hertz": 2.4e9, "end_hertz": 2.1e9,
            "throttled": false, "evidence": "made up",
        });
        all.push(row);
    }
    for row in &mut all {
        row["memory"] = json!({
            "peak_rss": 164_814_848u64, "pss": 24_499_200, "anonymous": 19_267_584, "kv_cache": 11_796_480,
            "kv_cache_upper_bound": false, "reason": null,
        });
    }
    all.extend(load);
    bench["results"] = json!(all);
    let points: Vec<Value> = (1..=40)
        .map(|at| {
            let at = f64::from(at);
            json!({ "elapsed_s": at * 3.0, "tokens_per_second": 40.0 - at / 8.0, "celsius": 48.0 + at / 3.0, "hertz": 2.4e9 - at * 5e6 })
        })
        .collect();
    bench["sustain"] =
        json!({ "points": points, "first_fifth": 39.4, "last_fifth": 35.6, "drop": 0.0964, "throttled": true });
}

fn eval() -> Value {
    let task = |name: &str, score: Value, at_chance: bool, loss: f64| {
        json!({
            "task": name, "shots": 5, "n": 100, "score": score, "at_chance": at_chance,
            "score_reason": if score.is_null() { json!("only losses were asked for") } else { Value::Null },
            "standing": { "outcome": if at_chance { "at_chance" } else { "above_chance" }, "p": 0.01, "chance": 0.25 }, "conditional_loss": estimate(loss * 1.4, loss, loss * 1.9),
            "bits_per_byte": estimate(loss, loss * 0.8, loss * 1.3), "loss_reason": null, "tokens_evaluated": 6392, "seconds": 15.3,
        })
    };
    let mut eval = super::evaluation(&[
        task("mmlu", estimate(45.3, 40.1, 50.6), false, 0.91),
        task("bbh", estimate(27.0, 19.0, 36.2), true, 0.62),
        task("math", Value::Null, false, 0.75),
    ]);
    eval["quick"] = json!("few items");
    eval
}

fn rung(name: &str, bits: f64, loss: f64, pareto: bool, verdict: &str, ratio: f64) -> Value {
    json!({
        "original": "small", "compressed": format!("{name} ({bits:.2} bpw)"), "method": "quantised", "by": "params",
        "verdict": verdict, "verdicts": {}, "ratio": estimate(ratio, ratio - 0.01, ratio + 0.01), "p_value": 0.01,
        "p_adjusted": 0.02, "basis": "loss", "text": format!("{verdict} by params"), "density_original": null,
        "density_compressed": null, "sizes": {
            "original": { "bits_per_weight": 16.0, "file_bytes": 536_870_912u64 },
            "compressed": { "bits_per_weight": bits, "file_bytes": (bits * 33_554_432.0) as u64 },
        },
        "loss": { "original": estimate(0.95, 0.9, 1.0), "compressed": estimate(loss, loss - 0.05, loss + 0.05) },
        "rung": { "pareto": pareto, "best": name == "Q6_K" },
    })
}

/// The report.
pub(super) fn rich() -> Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    let make = || {
        let mut report = super::run();
        rows(&mut report["bench"]);
        report["device"]["name"] = json!("Test board");
        report["eval"] = eval();
        report["density"] = said(&[
            "density",
            "--scores",
            "mmlu=45.3,bbh=32.6,math=14.6,humaneval=12.8,mbpp=20.8",
            "--params",
            "7e9",
            "--bits",
            "4.5",
        ]);
        report["density"]["score_basis"] = json!("made up for a test");
        report["crossover"] = said(&["crossover", "--class", "phone", "--resamples", "500"]);
        for row in said(&["crossover", "--class", "laptop", "--resamples", "500"]).as_array().unwrap() {
            report["crossover"].as_array_mut().unwrap().push(row.clone());
        }
        let law = said(&["law", "--resamples", "500"]);
        let releases: Vec<Value> = law["envelope"].as_array().unwrap().iter().map(|record| {
            json!({ "model": record["model"], "date": record["date"], "density": record["density"], "record": true, "in_law": true })
        }).collect();
        report["frontier"] = json!({
            "source": "models/densities.csv", "origin": "2023-02-24", "n_models": 51, "growth_per_day": law["growth_per_day"],
            "r_squared": law["r_squared"], "releases": releases, "curve": [
                { "date": "2023-03-01", "density": 0.07, "low": 0.03, "high": 0.2 },
                { "date": "2026-03-01", "density": 90.0, "low": 30.0, "high": 280.0 },
            ],
        });
        report["audit"] = json!([
            rung("Q8_0", 8.5, 0.951, false, "held", 0.999),
            rung("Q6_K", 6.56, 0.952, true, "held", 0.998),
            rung("Q4_K_M", 4.85, 0.97, true, "undecided", 0.98),
            rung("Q2_K", 3.2, 1.2, true, "dropped", 0.79),
        ]);
        report
    };
    REPORT.get_or_init(make).clone()
}
