//! Some items evaluated again in exact mode: what the fast mode's batches do to them.

use std::ops::ControlFlow;

use super::evaluation_session::{Halt, Session};
use crate::eval::event::EvalEvent;
use crate::eval::noise::{self, Noise};
use crate::eval::plan::Leg;
use crate::eval::record::Record;
use crate::eval::report::TaskReport;
use crate::eval::run::{Event, Run, TaskRun};
use crate::eval::subset::Selection;
use crate::eval::task::Task;
use crate::eval::tasks::answer_form;

impl Session<'_> {
    /// The noise of a task's results, of as many items as it takes to know that it hardly matters to them, or of all that
    /// the plan allows; `None` where there is nothing to look at or the time is over.
    pub(super) fn second_look(
        &self,
        task: &dyn Task,
        selection: &Selection,
        (done, plain): (&TaskRun, &TaskReport),
        leg: &Leg,
        over: &dyn Fn() -> bool,
    ) -> Result<Option<Noise>, Halt> {
        // A chat's replies are not written again, and have no loss.
        if !self.plan.looks_twice() || self.chats(task).is_some() {
            return Ok(None);
        }
        // Texts are not written again: that would double the run. Their noise shows in the loss.
        let options = self.options(true, leg.loss_only || answer_form(task.name()).is_written());
        let run = Run { model: self.model, options: &options, clock: &|| self.seconds(), code: None };
        let stages = noise::stages(selection, self.plan.noise_items);
        let of = stages.iter().map(|stage| stage.indices.len() as u64).sum();
        (self.host.tell)(EvalEvent::Items { name: "noise".to_owned(), of, done: 0 })?;
        let fast = |exact: &Record| done.records.iter().find(|fast| fast.id == exact.id);
        let (mut exact, mut found) = (Vec::new(), None);
        for stage in &stages {
            let mut broken = None;
            let mut stopped = false;
            let looked = run.task(task, stage, None, &mut |event| {
                if matches!(event, Event::Item(_)) {
                    broken = (self.host.tell)(EvalEvent::Item).err();
                }
                stopped = over();
                if stopped || broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if let Some(error) = broken {
                return Err(error.into());
            }
            if stopped {
                found = None;
                break;
            }
            exact.extend(looked?.records);
            let pairs: Vec<(&Record, &Record)> = exact.iter().filter_map(|exact| Some((fast(exact)?, exact))).collect();
            found = noise::noise(&pairs, &done.records);
            let (loss, score) = (plain.conditional_loss.as_ref(), plain.score.as_ref());
            if found.as_ref().is_some_and(|noise| noise.hardly_matters(loss, score)) {
                break;
            }
        }
        (self.host.tell)(EvalEvent::ItemsEnd)?;
        Ok(found)
    }
}
