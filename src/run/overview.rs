//! Sentences of the main job: the machine, and how fast the model is on it.

use super::plan::device_name;
use crate::device::DeviceProfile;
use crate::measure::bench_report::BenchReport;
use crate::unit::{Seconds, TokensPerSecond};

/// The device in one line.
pub(super) fn machine(profile: &DeviceProfile) -> String {
    let memory = profile.memory.total.map_or_else(String::new, |bytes| format!(", {bytes}"));
    let guest = if profile.virtualisation.found { ", virtual machine" } else { "" };
    format!("{}: {}, {} cores{memory}{guest}", device_name(profile), profile.class, profile.cpu.cores)
}

/// "smollm2-135m-instruct here: 700 tokens/s in pp512, …".
pub(super) fn speed(report: &BenchReport) -> String {
    let mut parts = Vec::new();
    for row in &report.results {
        if let Some(speed) = &row.tokens_per_second {
            parts.push(format!("{} {}", row.test, TokensPerSecond::from_per_second(speed.point)));
        }
        if let Some(ttft) = &row.ttft {
            parts.push(format!("first token of {} after {:.2}", row.tokens, Seconds::from_nanos(ttft.user_ns)));
        }
    }
    if parts.is_empty() {
        parts.push("no speed was measured".to_owned());
    }
    let name = report.model.as_ref().map_or("the model", |model| model.id.as_str());
    let verdict = match report.valid {
        true => "VALID",
        false if report.results.iter().all(|row| row.valid || row.unwatched()) => "UNWATCHED: see the warnings",
        false => "INVALID: see the warnings",
    };
    format!("{name} here: {} ({verdict})", parts.join(", "))
}
