//! The document of the main job: what is derived from a bench, an evaluation, a machine and a day.
#![cfg(target_os = "linux")]

use serde_json::Value;

use super::hold;
use crate::probe::{cloud, raspberry_pi_5};
use crate::run::synthetic::Synthetic;

/// Times, and the processor that the tests run on: a resumed bench notes the machine that goes on with it.
const RUN: [&str; 6] = [
    "seconds/*",
    "device/cpu/architecture",
    "bench/device",
    "eval/own_prefill",
    "eval/tasks/*/seconds|decode_seconds|tokens_per_second|unique_tokens_per_second|share_of_own_prefill",
    "eval/tasks/*/forecast/seconds",
];

const SCORES: &str = "mmlu=60,bbh=45,math=20,humaneval=30,mbpp=40";

fn held(name: &str, run: &Synthetic, more: &[&str]) -> Value {
    let report = run.run(more, 0);
    hold(name, &report, &RUN);
    report
}

#[test]
fn quick() {
    held("run-quick", &Synthetic::on(raspberry_pi_5(), true), &["--mock-scores", SCORES]);
}

#[test]
fn full_on_a_machine_without_a_class_of_its_own() {
    held("run", &Synthetic::on(cloud(), false), &[]);
}

#[test]
fn without_evaluation() {
    held("run-no-eval", &Synthetic::on(raspberry_pi_5(), false), &["--no-eval"]);
}
