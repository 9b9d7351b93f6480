//! What follows the bench: the seed and the counts that it must hear of, and what is left when it breaks off.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::synthetic::{PARAMS, Synthetic, TODAY};

const TASKS: [&str; 5] = ["mmlu", "bbh", "math", "humaneval", "mbpp"];

/// The small benchmarks grown to 100 items each, by repetition under other names.
fn hundred_items_a_task(folder: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini/rc"), &folder.join("rc"));
    for task in TASKS {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench-mini").join(task);
        copy(&fixture, &folder.join(task));
        let text = fs::read_to_string(fixture.join("test.jsonl")).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let hundred: String = (0..100)
            .map(|at| {
                let mut item = lines[at % lines.len()].clone();
                for key in ["id", "task_id"] {
                    match &item[key] {
                        Value::String(id) => item[key] = json!(format!("{}/{at}", id.rsplit_once('/').unwrap().0)),
                        Value::Number(_) => item[key] = json!(11 + at),
                        _ => {}
                    }
                }
                item.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                format!("{item}\n")
            })
            .collect();
        fs::write(folder.join(task).join("test.jsonl"), hundred).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Parameters that the reference family needs for a mean score, by `models/reference_curves.toml` (`curve.average`, 5e12
/// tokens): N = ((L − b·D^−β)/a)^(−1/α) with L = l − ln(c/(S − d) − 1)/γ.
fn effective_params(score: f64) -> f64 {
    let (a, alpha, b, beta) = (2.03315_f64, 0.115334_f64, 100.291_f64, 0.27708_f64);
    let (c, gamma, l, d) = (90.7731_f64, -24.4117_f64, 0.162872_f64, 10.781_f64);
    let loss = l - (c / (score - d) - 1.0).ln() / gamma;
    ((loss - b * 5e12_f64.powf(-beta)) / a).powf(-1.0 / alpha)
}

/// Standard deviation in points of the mean of five scores over 100 items each: counting after Agresti and Coull, and the
/// spread between evaluators, whose range over three of them stands in `docs/methodology-density.md`.
fn deviation(right: [u32; 5], items: [f64; 5]) -> f64 {
    let ranges = [1.0, 3.3, 1.5, 3.7, 10.5];
    let variance = |at: usize| {
        let share = (f64::from(right[at]) / 100.0 * items[at] + 2.0) / (items[at] + 4.0);
        1e4 * share * (1.0 - share) / (items[at] + 4.0) + (ranges[at] / 1.7_f64).powi(2)
    };
    (0..5).map(variance).sum::<f64>().sqrt() / 5.0
}

/// The items are measured on the double, which knows no answers; then some are marked as right in the item logs, and the
/// run goes on: what it reads from its logs it has measured.
#[test]
fn a_measured_score_of_100_items_gives_the_interval_that_100_items_deserve() {
    let run = Synthetic::new(false);
    hundred_items_a_task(&run.path("data"));
    run.run(&[], 0);
    run.reopen();
    let right = [60, 65, 20, 30, 40];
    for (task, right) in TASKS.into_iter().zip(right) {
        let mut items = run.items(task);
        assert_eq!(items.len(), 100, "{task}");
        for (at, item) in items.iter_mut().enumerate() {
            // Spread evenly: right ones in a few subjects only would make clusters.
            let is_right = at * right as usize % 100 < right as usize;
            item["correct"] = json!(is_right);
            item.as_object_mut().unwrap().remove("error");
            if let Some(logprobs) = item["logprobs"].as_array() {
                // The gold option is the likeliest where the item is right: no option then moves by the engine's noise.
                let mut sorted: Vec<f64> = logprobs.iter().map(|value| value.as_f64().unwrap()).collect();
                sorted.sort_by(f64::total_cmp);
                item["nll_nats"] = json!(-sorted[if is_right { 3 } else { 2 }]);
            }
        }
        let text: String = items.iter().map(|item| format!("{item}\n")).collect();
        fs::write(run.path(&format!("run/eval/{task}.jsonl")), text).unwrap();
    }
    let report = run.run(&[], 0);
    let rows = report["eval"]["tasks"].as_array().unwrap();
    assert_eq!(rows.len(), TASKS.len() + 8, "the eight cloze tasks and the five");
    let row = |name: &str| rows.iter().find(|row| row["task"] == name).unwrap();
    for (name, right) in TASKS.into_iter().zip(right) {
        let row = row(name);
        assert_eq!((&row["n"], &row["score"]["point"]), (&json!(100), &json!(f64::from(right))), "{row}");
    }
    assert_eq!(row("mmlu")["engine_noise"]["widening_score"], 0.0, "the double has no noise");
    let density = &report["density"];
    assert_eq!(density["score_basis"], "measured on this device", "{}", report["reasons"]);
    let (mean, half) =
        (f64::from(right.iter().sum::<u32>()) / 5.0, 1.959_963_984_540_054 * deviation(right, [100.0; 5]));
    let close = |key: &str, score: f64| {
        for (part, params) in [("effective_params", 1.0), ("density", PARAMS as f64)] {
            let (got, want) = (density[part][key].as_f64().unwrap(), effective_params(score) / params);
            assert!((got / want - 1.0).abs() < 1e-9, "{part}.{key}: {got}, not {want}");
        }
    };
    close("point", mean);
    close("low", mean - half);
    close("high", mean + half);
    // By the full test sets, of thousands of items, it would be about 1.6 times narrower.
    let full = deviation(right, [14_042.0, 6_511.0, 5_000.0, 164.0, 500.0]);
    assert!((half / (1.959_963_984_540_054 * full) - 1.6).abs() < 0.1);
}

#[test]
fn the_seed_reaches_evaluation_and_crossover() {
    let run = Synthetic::new(true);
    run.with_seed(7);
    let report = run.run(&["--seed", "7"], 0);
    assert!(report["command"].as_str().unwrap().ends_with("--seed 7"));
    assert_eq!(report["eval"]["seed"], 7);
    let alone = |seed: &str| -> Value {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
        command.args(["crossover", "--class", "sbc", "--today", TODAY, "--seed", seed, "--json"]);
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
    };
    let seven = alone("7");
    assert_ne!(seven, alone("42"), "the seed must show, or this proves nothing");
    assert_eq!(report["crossover"], seven);
}

/// A run whose evaluation is slow enough to be disturbed, once it has finished some items; and what it is a child of.
fn evaluating(run: &Synthetic) -> Child {
    let mut command = run.command(&[]);
    command.env("DENSIMETER_MOCK_DELAY_MS", "20").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let mut looks = 0;
    while run.items("arc_easy").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
        looks += 1;
        assert!(looks < 1500, "no item was evaluated");
    }
    child
}

/// The processes that a process has started and not yet buried.
fn children(parent: u32) -> Vec<Pid> {
    let parent_of = |folder: &Path| -> Option<u32> {
        let text = fs::read_to_string(folder.join("stat")).ok()?;
        text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok).map(|entry| entry.path());
    let own = entries.filter(|path| parent_of(path) == Some(parent));
    own.filter_map(|path| Pid::from_raw(path.file_name()?.to_str()?.parse().ok()?)).collect()
}

/// Everything of a full run that does not come out of the evaluation.
fn whole_but_for_eval(report: &Value) {
    let rows = report["bench"]["results"].as_array().unwrap();
    let timed = rows.iter().filter(|row| row["phase"] != "load");
    assert_eq!(timed.filter(|row| row["tokens_per_second"].is_object()).count(), 3, "{rows:?}");
    assert!(report["eval"].is_null(), "{}", report["eval"]);
    assert!(report["reasons"]["eval"].as_str().is_some_and(|why| !why.is_empty()));
}

#[test]
fn an_evaluation_that_is_killed_is_a_null_with_its_reason_and_all_else_is_whole() {
    let run = Synthetic::new(false);
    let child = evaluating(&run);
    let evaluators = children(child.id());
    assert_eq!(evaluators.len(), 1, "one process evaluates");
    kill_process(evaluators[0], Signal::KILL).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    whole_but_for_eval(&report);
    let why = report["reasons"]["eval"].as_str().unwrap();
    assert!(why.contains("signal 9"), "{why}");
    assert!(report["density"].is_null() && report["reasons"]["density"].is_string());
    assert_eq!(report["crossover"].as_array().map(Vec::len), Some(4), "{}", report["reasons"]);
    assert!(report["frontier"].is_object() && report["device"]["today"].is_object(), "{}", report["reasons"]);
    assert_eq!((&report["complete"], &report["valid"]), (&json!(false), &json!(true)), "it can be resumed");
    assert!(said.contains("broke off") && said.contains("--resume"), "{said}");
    let kept: Value = serde_json::from_slice(&fs::read(run.path("run/report.json")).unwrap()).unwrap();
    assert_eq!(kept, report);
    assert!(run.path("run/README.md").is_file() && run.path("run/index.html").is_file());

    let before = run.items("arc_easy");
    let done = run.run(&[], 0);
    assert_eq!(done["complete"], true);
    assert!(done["eval"].is_object() && done["reasons"]["eval"].is_null(), "{}", done["reasons"]);
    assert_eq!(run.items("arc_easy")[..before.len()], before, "no item is evaluated twice");
}

#[test]
fn one_interrupt_in_the_evaluation_keeps_what_was_measured_and_the_run_goes_on_from_there() {
    let run = Synthetic::new(false);
    let child = evaluating(&run);
    kill_process(Pid::from_raw(child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.trim_end().lines().last().unwrap();
    assert!(last.contains("interrupted") && last.contains("--resume"), "{last}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    whole_but_for_eval(&report);
    assert!(report["reasons"]["eval"].as_str().unwrap().contains("interrupted"), "{}", report["reasons"]);
    assert_eq!(report["complete"], false);
    let before = run.items("arc_easy");
    assert!(!before.is_empty(), "an item had been finished");

    let done = run.run(&[], 0);
    assert_eq!(done["complete"], true);
    assert_eq!(done["eval"]["tasks"].as_array().map(Vec::len), Some(13));
    assert_eq!(run.items("arc_easy")[..before.len()], before, "no item is evaluated twice");
    assert_eq!(done["bench"]["results"], report["bench"]["results"], "nothing is measured twice");
}

#[test]
fn a_run_that_differs_in_its_rows_or_seed_is_refused_as_mistyped() {
    let output = Synthetic::new(true).command(&["--seed", "9"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("holds another run"), "{said}");
}
