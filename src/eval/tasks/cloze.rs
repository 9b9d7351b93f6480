//! Seven cloze tasks in one shape: ARC (Easy and Challenge), HellaSwag, PIQA, CommonsenseQA, Social IQa and OpenBookQA, five
//! shots, the whole text of an answer scored.
//!
//! The files hold the prompts as published for the reference ladder (OLMES): the shots in one file, which ends with a blank
//! line, and in the other one an item a line, its question as it follows them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cloze_item::{self, ORDER_SEED, SHOTS, VERSION};
use crate::eval::data::{Benchmarks, DataError};
#[cfg(feature = "download")]
use crate::eval::rc_wheel;
use crate::eval::schedule::LEAST_OUTPUTS;
use crate::eval::task::{Answer, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};
use crate::unit::ClozeTask;

/// ARC-Easy.
pub(super) const ARC_EASY: TaskSpec = spec::<0>();
/// ARC-Challenge.
pub(super) const ARC_CHALLENGE: TaskSpec = spec::<1>();
/// HellaSwag.
pub(super) const HELLASWAG: TaskSpec = spec::<2>();
/// PIQA.
pub(super) const PIQA: TaskSpec = spec::<3>();
/// CommonsenseQA.
pub(super) const CSQA: TaskSpec = spec::<4>();
/// Social IQa.
pub(super) const SOCIAL_IQA: TaskSpec = spec::<5>();
/// OpenBookQA.
pub(super) const OPENBOOKQA: TaskSpec = spec::<6>();

/// The tasks and how the paths of their files begin.
const FILES: [(ClozeTask, &str); 7] = [
    (ClozeTask::ArcEasy, "rc/arc_easy."),
    (ClozeTask::ArcChallenge, "rc/arc_challenge."),
    (ClozeTask::HellaSwag, "rc/hellaswag."),
    (ClozeTask::Piqa, "rc/piqa."),
    (ClozeTask::Csqa, "rc/csqa."),
    (ClozeTask::SocialIqa, "rc/socialiqa."),
    (ClozeTask::OpenBookQa, "rc/openbookqa."),
];

/// What is known of one before its data are read.
const fn spec<const AT: usize>() -> TaskSpec {
    TaskSpec {
        name: FILES[AT].0.name(),
        data: FILES[AT].1,
        answer: AnswerForm::Cloze,
        open: |data| Ok(Box::new(Cloze::read(FILES[AT], data)?)),
        #[cfg(feature = "download")]
        fetch: rc_wheel::fetch,
    }
}

/// A row of `rc/*.jsonl`.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: String,
    query: String,
    choices: Vec<String>,
    answer: usize,
}

/// One of the seven.
#[derive(Debug)]
pub struct Cloze {
    task: ClozeTask,
    shots: String,
    rows: Vec<Row>,
}

impl Cloze {
    /// Reads the items and the shots.
    fn read((task, file): (ClozeTask, &str), data: &Benchmarks) -> Result<Self, DataError> {
        let name = format!("{file}jsonl");
        let mut rows: Vec<Row> = data.rows(&name)?;
        let wrong = |reason: String| DataError::Content { path: data.root().join(&name), reason };
        if let Some(row) = rows.iter().find(|row| row.choices.len() < 2 || row.answer >= row.choices.len()) {
            return Err(wrong(format!("{}: no answer {} among {} choices", row.id, row.answer, row.choices.len())));
        }
        if let Some(row) = rows.iter().find(|row| row.choices.len() > LEAST_OUTPUTS) {
            return Err(wrong(format!("{}: {} choices, more than {LEAST_OUTPUTS}", row.id, row.choices.len())));
        }
        if let Some(row) = rows.iter().find(|row| row.choices.iter().any(String::is_empty)) {
            return Err(wrong(format!("{}: a choice is empty", row.id)));
        }
        // HellaSwag's two sources count from the same numbers: the second item of a number is told apart.
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for row in &mut rows {
            let times = seen.entry(row.id.clone()).or_default();
            *times += 1;
            if *times > 1 {
                row.id = format!("{}#{times}", row.id);
            }
        }
        let shots = data.text(&format!("{file}prefix.txt"))?;
        Ok(Self { task, shots, rows })
    }
}

impl Task for Cloze {
    fn name(&self) -> &str {
        self.task.name()
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

    fn order_seed(&self) -> Option<u64> {
        Some(ORDER_SEED)
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        cloze_item::item(format!("{}{}", self.shots, row.query), &row.choices, row.answer)
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
