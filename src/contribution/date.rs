//! That a report does not come from the future.

use jiff::{SignedDuration, Timestamp};

use super::rule::{Finding, Rule};
use crate::report::run::RunReport;

/// What the clocks of two machines may differ by.
const CLOCKS: SignedDuration = SignedDuration::from_hours(24);

/// What is found.
pub(super) fn look(report: &RunReport, now: Timestamp) -> Option<Finding> {
    let started = report.bench.as_ref()?.started;
    (started.duration_since(now) > CLOCKS)
        .then(|| Finding::new(Rule::Date, format!("it began {started}, which has not come yet")))
}
