//! What an evaluation measured on the cloze tasks, as the edge family takes it.

use crate::eval::report::{EvalReport, TaskReport};
use crate::eval::summary::t_quantile;
use crate::law::edge::evidence::{Evidence, Mean, TaskEvidence};
use crate::stat::Estimate;
use crate::unit::ClozeTask;

/// The cloze tasks of an evaluation, each with its counting error; those that were not scored are not there.
pub(super) fn evidence(eval: &EvalReport) -> Evidence {
    let task = |task: ClozeTask| Some((task, of(task, eval.task(task.name())?)?));
    ClozeTask::ALL.into_iter().filter_map(task).collect()
}

fn of(task: ClozeTask, row: &TaskReport) -> Option<TaskEvidence> {
    let score = row.accuracy_per_char.as_ref()?;
    let counted = TaskEvidence::counted(task, score.point / 100.0, row.graded);
    let chance = row.standing.as_ref().map_or(counted.chance, |standing| standing.chance());
    Some(TaskEvidence {
        chance,
        bits_per_byte: row.bits_per_byte_mean.as_ref().and_then(|bits| mean(bits, row.graded)),
        ..counted
    })
}

/// A mean over so many items with its standard error, from its t interval.
fn mean(estimate: &Estimate, items: u64) -> Option<Mean> {
    let quantile = t_quantile(items.checked_sub(1)? as f64)?;
    Some(Mean { value: estimate.point, standard_error: (estimate.high? - estimate.point) / quantile })
}
