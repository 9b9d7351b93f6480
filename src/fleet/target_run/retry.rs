//! Attempts on a target until one succeeds, no other may go better, or the time is over.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::TargetRun;
use crate::fleet::event::TargetEvent;
use crate::fleet::host_state::caveats;
use crate::fleet::record::{Outcome, Row};
use crate::fleet::target_error::TargetError;
use crate::sanitize::printable;

/// Seconds of the first wait between two attempts; each later one is twice as long.
const FIRST_WAIT: f64 = 2.0;

/// Seconds of the longest one.
const LONGEST_WAIT: f64 = 60.0;

/// Warnings that a row keeps.
const MOST_WARNINGS: usize = 64;

impl TargetRun<'_> {
    /// The row, and what made the last attempt fail.
    pub(super) fn again_and_again(
        &self,
        attempt: fn(&Self, &mut Row) -> Result<PathBuf, TargetError>,
    ) -> (Row, Option<TargetError>) {
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
                Err(error) => {
                    let late = error.timed_out() && self.deadline.left().is_zero();
                    let error = if late { TargetError::TooLong(self.deadline.limit()) } else { error };
                    // What an earlier attempt met with may be why the time ran out.
                    let before = row.reason.take().filter(|_| late);
                    let before = before.map_or_else(String::new, |before| format!(" (before that: {before})"));
                    row.reason = Some(printable(&format!("{error}{before}"), 500));
                    let last = row.attempts >= self.fleet.inventory.job.attempts;
                    if last || !error.is_transient() || (self.fleet.interrupted)() || self.deadline.left().is_zero() {
                        break Some(error);
                    }
                    (self.tell)(TargetEvent::Waiting { seconds: wait, why: row.reason.clone().unwrap_or_default() });
                    self.deadline.pause(Duration::from_secs_f64(wait), self.fleet.interrupted);
                    wait = (2.0 * wait).min(LONGEST_WAIT);
                }
            }
        };
        if let Some(before) = &row.before {
            row.warnings.extend(caveats(before, row.after.as_ref(), &row.cores_seen));
        }
        let mut told = BTreeSet::new();
        row.warnings.retain(|warning| told.insert(warning.clone()));
        row.warnings.truncate(MOST_WARNINGS);
        row.ended = jiff::Timestamp::now();
        (row, failure)
    }
}
