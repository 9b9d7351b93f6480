//! That scores are counts of items.

use super::rule::{Finding, Rule};
use crate::report::run::RunReport;

/// How far a count may lie from a whole number.
const ROUNDING: f64 = 1e-6;

/// What is found.
pub(super) fn look(report: &RunReport) -> Vec<Finding> {
    let Some(eval) = &report.eval else { return Vec::new() };
    let mut found = Vec::new();
    for task in &eval.tasks {
        if task.graded.saturating_add(task.failed) > task.n {
            let (number, bound) = (task.graded as f64, task.n as f64);
            let text = format!("{} graded and {} failed of {} items", task.graded, task.failed, task.n);
            found.push(Finding::new(Rule::Score, text).number(number, bound).in_row(&task.task));
        }
        let Some(score) = task.score.as_ref().filter(|_| task.score_average == "micro") else { continue };
        let right = score.point / 100.0 * task.graded as f64;
        let whole = right.round();
        if (right - whole).abs() > ROUNDING * (task.graded as f64).max(1.0) {
            let text = format!("{} % of {} items are {right:.3} right answers", score.point, task.graded);
            found.push(Finding::new(Rule::Score, text).number(right, whole).in_row(&task.task));
        }
    }
    found
}
