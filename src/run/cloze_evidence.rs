//! What an evaluation measured on the cloze tasks, as the edge family takes it.

use crate::eval::report::{EvalReport, TaskReport};
use crate::law::edge::evidence::{Evidence, Mean, TaskEvidence, mean_bits};
use crate::stat::least_squares::t_quantile;
use crate::stat::{Estimate, TWO_SIDED_95};
use crate::unit::ClozeTask;

/// Nominal coverage of the intervals of an evaluation.
const LEVEL: f64 = 0.95;

/// The cloze tasks of an evaluation, each with its counting error; those that were not scored are not there.
pub(super) fn evidence(eval: &EvalReport) -> Evidence {
    let task = |task: ClozeTask| Some((task, of(task, eval.task(task.name())?)?));
    ClozeTask::ALL.into_iter().filter_map(task).collect()
}

fn of(task: ClozeTask, row: &TaskReport) -> Option<TaskEvidence> {
    let score = row.accuracy_per_char.as_ref()?;
    let counted = TaskEvidence::counted(task, score.point / 100.0, row.graded);
    let chance = row.standing.as_ref().map_or(counted.chance, |standing| standing.chance());
    let controlled = row.bits_per_byte_controlled.as_ref().and_then(|control| control.mean.as_ref());
    Some(TaskEvidence {
        chance,
        bits_per_byte: row.bits_per_byte_mean.as_ref().and_then(|bits| mean(bits, row.graded)),
        // Already stretched to normal quantiles.
        bits_controlled: controlled.and_then(|bits| of_half(bits, TWO_SIDED_95)),
        ..counted
    })
}

/// A mean over so many items with its standard error, from its t interval.
fn mean(estimate: &Estimate, items: u64) -> Option<Mean> {
    let freedom = usize::try_from(items).ok()?.checked_sub(1).filter(|freedom| *freedom > 0)?;
    of_half(estimate, t_quantile(LEVEL, freedom))
}

fn of_half(estimate: &Estimate, quantile: f64) -> Option<Mean> {
    Some(Mean { value: estimate.point, standard_error: (estimate.high? - estimate.point) / quantile })
}

/// What the control variate did to the error of the mean bits per byte, or why nothing; `None` where no task tells.
pub(super) fn control(eval: &EvalReport, evidence: &Evidence) -> Option<String> {
    let rows =
        || ClozeTask::ALL.into_iter().filter_map(|task| eval.task(task.name())?.bits_per_byte_controlled.as_ref());
    let first = rows().next()?;
    if !rows().any(|control| control.mean.is_some()) {
        return first.reason.as_ref().map(|reason| format!("no control variate: {reason}"));
    }
    let mut plain = evidence.clone();
    plain.values_mut().for_each(|task| task.bits_controlled = None);
    let (with, without) = (mean_bits(evidence).ok()?, mean_bits(&plain).ok()?);
    Some(format!(
        "the bits per byte of {} on the same items, known on {} a task, are a control variate: the standard error of the mean \
         is {:.4} and not {:.4} bits per byte",
        first.model, first.items, with.standard_error, without.standard_error
    ))
}
