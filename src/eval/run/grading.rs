//! Verdicts on what a model answered, at once or by a later run.

use super::Run;
use super::log::Log;
use crate::eval::record::Record;
use crate::eval::task::{Answer, Task};

impl Run<'_> {
    /// Texts of an earlier run that can be graded by now, with their verdicts.
    pub(super) fn graded_later(&self, task: &dyn Task, log: &Log<'_, '_>) -> Vec<(usize, Record)> {
        let again = |(&index, record): (&usize, &Record)| {
            let text = record.completion.as_deref().filter(|_| record.awaits_grading())?;
            let mut record = Record { error: None, ..record.clone() };
            self.grade(task, index, Answer::Text(text), &mut record);
            record.correct.is_some().then_some((index, record))
        };
        log.records.iter().filter_map(again).collect()
    }

    pub(super) fn grade(&self, task: &dyn Task, index: usize, answer: Answer<'_>, record: &mut Record) {
        let grade = task.grade(index, answer, self.code);
        record.prediction = grade.prediction;
        record.correct = grade.correct;
        record.error = grade.error;
        (record.strict, record.loose) = grade.verdicts.map(|verdicts| (verdicts.strict, verdicts.loose)).unzip();
    }
}
