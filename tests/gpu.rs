//! llama.cpp on a device of its Vulkan back end (`make test-gpu`; in software where there is no GPU): the same tokens as on the
//! CPU, and rows that say where their work ran. Tiny shapes: a driver in software decodes some two tokens a second.

use std::process::{Command, Output};

use densimeter::engine::llama::Llama;
use densimeter::engine::{Engine, ModelOptions};
use serde_json::Value;

use super::engine::{CONTINUATION, PROMPT_TOKENS, model_path, next, session};

const LAYERS: f64 = 30.0;

/// The engine's name of the first device that is not the CPU.
fn device() -> String {
    let devices = Llama.accelerators();
    let device = devices.iter().find(|device| device.backend != "CPU");
    device.unwrap_or_else(|| panic!("no device but the CPU: {devices:?}")).name.clone()
}

fn bench(arguments: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("densimeter"));
    command.args(["bench", "--no-wait", "-r", "1", "-t", "2", "--json", "-m"]).arg(model_path());
    command.arg("-o").arg(folder.path().join("run")).args(arguments.split_whitespace()).output().unwrap()
}

/// The rows of a bench, prefill first.
fn rows(arguments: &str) -> Vec<Value> {
    let output = bench(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let rows = report["results"].as_array().unwrap().iter().filter(|row| row["phase"] != "load");
    let rows: Vec<Value> = rows.cloned().collect();
    assert!(rows.iter().all(|row| row["reason"].is_null()), "{rows:#?}");
    rows
}

/// Layers, work and memory of a back end in a row.
fn share(row: &Value, backend: &str) -> (f64, f64, Option<u64>) {
    let shares = row["placement"].as_array().unwrap_or_else(|| panic!("no placement: {row:#}"));
    let Some(found) = shares.iter().find(|share| share["backend"] == backend) else { return (0.0, 0.0, None) };
    (found["layers"].as_f64().unwrap(), found["work"].as_f64().unwrap(), found["memory"].as_u64())
}

fn warned(row: &Value, kind: &str) -> bool {
    row["warnings"].as_array().unwrap().iter().any(|warning| warning["kind"] == kind)
}

#[test]
fn a_device_predicts_what_the_cpu_predicts() {
    let name = device();
    let model = Llama.load(&model_path(), &ModelOptions::with_layers(99)).unwrap();
    let mut session = session(&*model);
    let mut predicted = vec![next(&mut *session, &PROMPT_TOKENS, 0, 0)];
    while predicted.len() < 5 {
        let position = PROMPT_TOKENS.len() + predicted.len() - 1;
        predicted.push(next(&mut *session, &[*predicted.last().unwrap()], position, 0));
    }
    assert_eq!(predicted, CONTINUATION[..5], "{name} against the oracle");
}

#[test]
fn all_layers_on_the_device_are_there_with_their_memory() {
    let device = device();
    let rows = rows("-p 32 -n 2 -ngl 99");
    for row in &rows {
        let (layers, work, memory) = share(row, &device);
        assert!(layers == 1.0 && work > 0.9, "{row:#}");
        // The weights but for the embedding, which is looked up on the CPU, and a cache.
        assert!((50_000_000..400_000_000).contains(&memory.unwrap()), "{memory:?}");
        assert!(row["backend"] == "Vulkan" && !warned(row, "elsewhere") && !warned(row, "no_device"), "{row:#}");
    }
}

#[test]
fn without_layers_on_the_device_nothing_runs_there_unless_it_is_asked_for() {
    let device = device();
    for row in rows("-p 64 -n 2 -ngl 0") {
        assert_eq!((share(&row, "CPU").1, share(&row, &device).1), (1.0, 0.0), "{row:#}");
        assert!(row["backend"] == "CPU" && !warned(&row, "elsewhere"), "{row:#}");
    }
    // llama-bench's default: large multiplications go to any device, whatever -ngl says. One token at a time does not.
    let handed_over = rows("-p 64 -n 2 -ngl 0 -nopo 0");
    assert!(share(&handed_over[0], &device).1 > 0.5, "{:#}", handed_over[0]);
    assert_eq!(handed_over[0]["backend"], format!("{device}+CPU"));
    assert_eq!(share(&handed_over[1], &device).1, 0.0, "{:#}", handed_over[1]);
    for row in rows("-p 64 -n 0 -ngl 99 -dev none") {
        assert_eq!(share(&row, "CPU").1, 1.0, "{row:#}");
        assert!(row["backend"] == "CPU" && !warned(&row, "no_device"), "{row:#}");
    }
}

#[test]
fn a_part_of_the_layers_is_a_part_of_the_work() {
    let device = device();
    let rows = rows("-p 0 -n 2 -ngl 16");
    let (layers, work, _) = share(&rows[0], &device);
    assert!((layers - 15.0 / LAYERS).abs() <= 1.0 / LAYERS && (0.3..0.8).contains(&work), "{:#}", rows[0]);
    assert!(!warned(&rows[0], "elsewhere"));
}

#[test]
fn a_device_that_is_not_there_is_named_with_those_that_are() {
    let output = bench("-p 4 -n 0 -ngl 99 -dev Vulkan9");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(!output.status.success() && said.contains("no device 'Vulkan9'") && said.contains(&device()), "{said}");
}
