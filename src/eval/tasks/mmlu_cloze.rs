//! MMLU without letters: the same questions, five shots of their subject, the whole text of an answer scored.

use std::collections::BTreeMap;

use super::cloze_item::{self, ORDER_SEED, SHOTS, VERSION};
use super::mmlu::{self, Row};
use crate::eval::data::{Benchmarks, DataError};
use crate::eval::task::{Answer, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};
use crate::unit::ClozeTask;

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: ClozeTask::MmluCloze.name(),
    data: mmlu::SPEC.data,
    answer: AnswerForm::Cloze,
    open: |data| Ok(Box::new(MmluCloze::read(data)?)),
    #[cfg(feature = "download")]
    fetch: mmlu::SPEC.fetch,
};

/// The benchmark.
#[derive(Debug)]
pub struct MmluCloze {
    heads: BTreeMap<String, String>,
    rows: Vec<Row>,
}

impl MmluCloze {
    /// Reads `mmlu/dev.jsonl` and `mmlu/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, or a subject with too few shots.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let shot = |row: &Row, answer: &str| format!("Question: {}\nAnswer: {answer}\n\n", row.question.trim());
        let (heads, rows) = mmlu::heads(data, ":", |row| Some(shot(row, row.choices.get(row.answer)?)))?;
        if let Some(row) = rows.iter().find(|row| row.choices.iter().any(String::is_empty)) {
            let reason = format!("{}: a choice is empty", row.id);
            return Err(DataError::Content { path: data.root().join("mmlu/test.jsonl"), reason });
        }
        Ok(Self { heads, rows })
    }
}

impl Task for MmluCloze {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn shots(&self) -> u32 {
        SHOTS
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, index: usize) -> String {
        self.rows[index].id.clone()
    }

    // No cluster: the items are drawn from all of them, so that they are no sample of subjects, and a score's interval is
    // that of independent items. No stratum either: the order is over all of them.
    fn order_seed(&self) -> Option<u64> {
        Some(ORDER_SEED)
    }

    fn group(&self, index: usize) -> String {
        self.rows[index].subject.clone()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("{}Question: {}\nAnswer:", self.heads[&row.subject], row.question);
        cloze_item::item(prompt, &row.choices, row.answer)
    }

    fn gold(&self, index: usize) -> Option<String> {
        Some(self.rows[index].answer.to_string())
    }

    fn chance(&self, index: usize) -> f64 {
        1.0 / self.rows[index].choices.len() as f64
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        cloze_item::grade(self.rows[index].answer, answer)
    }
}
