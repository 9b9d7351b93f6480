//! Attempts on a target until one succeeds, no other may go better, or the time is over.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::Errand;
use crate::sanitize::printable;
use crate::fleet::record::{Outcome, Row};
use crate::fleet::state::doubts;
use crate::fleet::step::Step;
use crate::fleet::trouble::Trouble;

/// Seconds of the first wait between two attempts; each later one is twice as long.
const FIRST_WAIT: f64 = 2.0;

/// Seconds of the longest one.
const LONGEST_WAIT: f64 = 60.0;

/// Warnings that a row keeps.
const MOST_WARNINGS: usize = 64;

impl Errand<'_> {
    /// The row, and what made the last attempt fail.
    pub(super) fn again_and_again(
        &self,
        attempt: fn(&Self, &mut Row) -> Result<PathBuf, Trouble>,
    ) -> (Row, Option<Trouble>) {
        let mut row = Row::begin(self.target.address.to_string());
        let mut wait = FIRST_WAIT;
        let failure = loop {
            row.attempts += 1;
            match attempt(self, &mut row) {
                Ok(report) => {
                    row.report = Some(report);
                    row.state = Outcome::Done;
                    row.reason = None;
                    break None;
                }
                Err(trouble) => {
                    let late = trouble.timed_out() && self.deadline.left().is_zero();
                    let trouble = if late { Trouble::TooLong(self.deadline.limit()) } else { trouble };
                    // What an earlier attempt met with may be why the time ran out.
                    let before = row.reason.take().filter(|_| late);
                    let before = before.map_or_else(String::new, |before| format!(" (before that: {before})"));
                    row.reason = Some(printable(&format!("{trouble}{before}"), 500));
                    let last = row.attempts >= self.fleet.inventory.job.attempts;
                    if last || !trouble.passing() || (self.fleet.interrupted)() || self.deadline.left().is_zero() {
                        break Some(trouble);
                    }
                    (self.tell)(Step::Waiting { seconds: wait, why: row.reason.clone().unwrap_or_default() });
                    self.deadline.pause(Duration::from_secs_f64(wait), self.fleet.interrupted);
                    wait = (2.0 * wait).min(LONGEST_WAIT);
                }
            }
        };
        if let Some(before) = &row.before {
            row.warnings.extend(doubts(before, row.after.as_ref(), &row.cores_seen));
        }
        let mut told = BTreeSet::new();
        row.warnings.retain(|warning| told.insert(warning.clone()));
        row.warnings.truncate(MOST_WARNINGS);
        row.ended = jiff::Timestamp::now();
        (row, failure)
    }
}
