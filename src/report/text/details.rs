//! All that a report says, as text: what the card of a run leaves out.

use crate::report::run::{RunReport, part_in_words};
use crate::report::table;
use crate::report::view::View;
use crate::sanitize;

/// Longest line of a sentence.
const LONGEST: usize = 4096;

/// The rows of the bench with their warnings, the sentences, and why a part is missing.
#[must_use]
pub fn details(report: &RunReport) -> String {
    let head = View::of(report).head;
    let facts = head.machine.iter().chain(&head.date).chain([&head.run_id]);
    let mut text = facts.fold(head.device, |line, fact| format!("{line} · {fact}")) + "\n";
    text += &report.bench.as_ref().map(table::terminal).unwrap_or_default();
    // One line each, whatever a name holds.
    let mut say = |line: &str| text += &format!("{}\n", sanitize::line(line, LONGEST));
    report.verdicts.iter().for_each(|sentence| say(sentence));
    report.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    report.reasons.iter().for_each(|(part, reason)| say(&format!("{}: none: {reason}", part_in_words(part))));
    // A stored report may be of anybody.
    sanitize::text(&text)
}
