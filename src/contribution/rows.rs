//! That a report is the whole run of a real engine, and all its rows are valid.

use super::rule::{Finding, LONGEST, Rule};
use crate::report::run::RunReport;
use crate::report::stored::{Origin, Stored};
use crate::sanitize::line;

/// What is found.
pub(super) fn look(stored: &Stored) -> Vec<Finding> {
    let report = &stored.report;
    let mut found: Vec<Finding> = origin(stored.origin, report).map(|why| Finding::new(Rule::Origin, why)).collect();
    let Some(bench) = &report.bench else {
        let why = report.reasons.get("bench").map_or("the run measured nothing", String::as_str);
        found.push(Finding::new(Rule::Valid, format!("no bench: {}", line(why, LONGEST))));
        return found;
    };
    if bench.results.is_empty() {
        found.push(Finding::new(Rule::Valid, "the bench has no row"));
    }
    for row in bench.results.iter().filter(|row| !row.valid) {
        let warned = row.warnings.iter().find(|warning| warning.invalidates).map(|warning| warning.message.as_str());
        let why = row.reason.as_deref().or(warned).unwrap_or("INVALID without a reason");
        found.push(Finding::new(Rule::Valid, line(why, LONGEST)).in_row(&row.test));
    }
    let twice = bench.results.iter().enumerate().find(|(at, row)| {
        bench.results[..*at].iter().any(|other| {
            (&other.test, &other.model, &other.settings) == (&row.test, &row.model, &row.settings)
                && other.threads == row.threads
        })
    });
    if let Some((_, row)) = twice {
        found.push(Finding::new(Rule::Valid, "the same row stands there twice").in_row(&row.test));
    }
    if !report.valid && bench.results.iter().all(|row| row.valid) {
        found.push(Finding::new(Rule::Valid, "the report calls itself not valid"));
    }
    found
}

fn origin(origin: Origin, report: &RunReport) -> impl Iterator<Item = &'static str> {
    let mock = report.eval.as_ref().is_some_and(|eval| eval.mock)
        || report
            .bench
            .as_ref()
            .and_then(|bench| bench.engine.as_ref())
            .is_some_and(|engine| engine.build.contains("mock"));
    [
        (origin == Origin::LlamaBench || report.imported.is_some(), "imported: nothing vouches for its machine"),
        (
            origin == Origin::Bench,
            "a bench alone, without the probe of its device; `densimeter run` makes a whole report",
        ),
        (mock, "made with the deterministic double of the engine, which measures nothing"),
        (
            origin == Origin::Run && !report.complete,
            "the run did not come to its end; `densimeter run --resume` ends it",
        ),
    ]
    .into_iter()
    .filter_map(|(broken, why)| broken.then_some(why))
}
