//! All that a report says, as text: what the card of a run leaves out.

use crate::report::run::{RunReport, part_in_words};
use crate::report::table;
use crate::sanitize;

/// The rows of the bench with their warnings, the sentences, and why a part is missing.
#[must_use]
pub fn details(report: &RunReport) -> String {
    let mut text = report.bench.as_ref().map(table::terminal).unwrap_or_default();
    for sentence in &report.verdicts {
        text += &format!("{sentence}\n");
    }
    for warning in &report.warnings {
        text += &format!("warning: {warning}\n");
    }
    for (part, reason) in &report.reasons {
        text += &format!("{}: none: {reason}\n", part_in_words(part));
    }
    // A stored report may be of anybody.
    sanitize::text(&text)
}
