//! A comparison in cells and sentences, which the terminal and Markdown set alike.

use super::document::{Comparison, Document};
use super::judge::{Judged, Metric};
use crate::report::table::ABSENT;
use crate::stat::estimate::interval;
use crate::stat::p_text;
use crate::unit::{Bytes, Seconds};

/// Headings of [`cells`].
pub(super) const HEADINGS: [&str; 7] = ["test", "metric", "base", "this", "change (95 % CI)", "p (Holm)", "verdict"];

/// Which columns hold numbers, and stand at their right side in Markdown.
pub(super) const NUMBERS: [bool; 7] = [false, false, true, true, true, true, false];

/// A row as text, shared by the terminal and by Markdown.
pub(super) fn cells(row: &Judged) -> [String; 7] {
    let test = row.model.as_ref().map_or_else(|| row.test.clone(), |model| format!("{model} {}", row.test));
    let value = |value: f64| match row.metric {
        Metric::LatencyP50 | Metric::LatencyP99 | Metric::Ttft => format!("{:.2}", Seconds::from_nanos(value)),
        Metric::PeakRss => Bytes::from_bytes(value as u64).to_string(),
        Metric::Loss | Metric::Density | Metric::JoulesPerToken => format!("{value:.4}"),
        Metric::TokensPerSecond | Metric::Score => format!("{value:.2}"),
    };
    [
        test,
        row.metric.name().to_owned(),
        value(row.base),
        row.other.map_or_else(|| ABSENT.to_owned(), value),
        change(row),
        row.p_adjusted.map_or_else(|| ABSENT.to_owned(), p_text),
        row.verdict.to_string(),
    ]
}

/// `−6.6 % [−8.2, −4.9]`, or in points.
fn change(row: &Judged) -> String {
    let Some(change) = &row.change else { return ABSENT.to_owned() };
    let plain = row.scale == "difference";
    let percent = |value: f64| if plain { value } else { 100.0 * (value - 1.0) };
    let unit = if plain { "points" } else { "%" };
    let end = |value: Option<f64>| value.map(|value| format!("{:+.1}", percent(value)));
    let ends = interval(end(change.low).as_deref(), end(change.high).as_deref());
    format!("{:+.1} {unit}{}", percent(change.point), ends.map_or_else(String::new, |ends| format!(" {ends}")))
}

/// What stands below a table: what was accepted, what to know, why a row is undecided.
pub(super) fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut lines: Vec<String> = comparison.accepted.iter().map(|one| format!("accepted: {one}")).collect();
    lines.extend(comparison.notes.iter().cloned());
    for row in &comparison.rows {
        if let Some(reason) = &row.reason {
            lines.push(format!("{} {}: {reason}", row.test, row.metric.name()));
        }
    }
    lines
}

/// What the numbers mean, in one paragraph.
pub(super) fn legend(document: &Document) -> String {
    format!(
        "worse and better: by more than the threshold ({:.1} %, losses {:.1} %; for scores of the same items any change), \
         Holm over {} tests at {:.0} %; same: the whole interval within it. The repetitions are those of one run each: \
         what a machine changes from run to run, only the threshold covers.",
        100.0 * document.threshold,
        100.0 * document.loss_threshold,
        document.tests,
        100.0 * document.alpha
    )
}
