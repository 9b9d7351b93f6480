//! The columns of a bench table, shared by the terminal and by Markdown, so that both show the same text.

use super::bench::{BenchReport, RowReport};
use crate::stat::Estimate;
use crate::unit::{BitsPerWeight, Bytes, Params};

/// Headings of the bench table.
pub const HEADINGS: [&str; 9] =
    ["model", "size", "params", "threads", "test", "t/s (95 % CI)", "latency p50 / p99", "TTFT", "peak RSS"];

/// What stands for a value that was not measured.
pub const ABSENT: &str = "–";

/// The cells of a row, one per heading, and the verdict behind them.
#[must_use]
pub fn cells(report: &BenchReport, row: &RowReport) -> [String; 9] {
    let model = report.models.iter().find(|model| model.id == row.model);
    let or_absent = |text: Option<String>| text.unwrap_or_else(|| ABSENT.to_owned());
    [
        row.model.clone(),
        or_absent(model.map(|model| {
            format!("{} ({})", Bytes::from_bytes(model.bytes), BitsPerWeight::from_bits(model.bits_per_weight))
        })),
        or_absent(model.map(|model| Params::from_count(model.params as f64).to_string())),
        row.threads.to_string(),
        row.test.clone(),
        or_absent(row.tokens_per_second.as_ref().map(speed)),
        or_absent(row.latency.as_ref().map(|latency| {
            let of = |estimate: &Option<Estimate>| estimate.as_ref().map_or(ABSENT.to_owned(), |e| millis(e.point));
            format!("{} / {}", of(&latency.p50), of(&latency.p99))
        })),
        or_absent(row.ttft.map(|ttft| millis(ttft.user_ns))),
        or_absent(row.memory.peak_rss.map(|bytes| Bytes::from_bytes(bytes).to_string())),
    ]
}

/// The verdict of a row.
#[must_use]
pub const fn verdict(row: &RowReport) -> &'static str {
    match (row.tokens_per_second.is_some(), row.valid) {
        (false, _) => "FAILED",
        (true, true) => "VALID",
        (true, false) => "INVALID",
    }
}

/// A speed with half its interval.
fn speed(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{:.2} ± {:.2}", estimate.point, (high - low) / 2.0),
        _ => format!("{:.2}", estimate.point),
    }
}

/// Nanoseconds in the unit that reads best.
#[must_use]
pub fn millis(nanos: f64) -> String {
    if nanos >= 1e9 { format!("{:.2} s", nanos / 1e9) } else { format!("{:.2} ms", nanos / 1e6) }
}

/// One sentence for each model: how long it took to load.
#[must_use]
pub fn loads(report: &BenchReport) -> Vec<String> {
    let line = |row: &super::load::LoadRow| {
        let median = row.median_ns()?;
        Some(format!("{}: loaded in {} (median of {})", row.model, millis(median), row.samples_ns.len()))
    };
    report.results.loads.iter().filter_map(line).collect()
}

/// The warnings of the rows, each once, with the tests that it holds for.
#[must_use]
pub fn warnings(report: &BenchReport) -> Vec<String> {
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    for row in &report.results {
        let said = row.warnings.iter().map(|warning| warning.message.clone());
        for message in said.chain(row.reason.clone()) {
            match seen.iter_mut().find(|(text, _)| *text == message) {
                Some((_, tests)) => tests.push(row.test.clone()),
                None => seen.push((message, vec![row.test.clone()])),
            }
        }
    }
    seen.into_iter().map(|(message, tests)| format!("{}: {message}", tests.join(", "))).collect()
}
