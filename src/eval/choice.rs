//! The tasks and items of a leg, chosen before anything is loaded.

use std::collections::BTreeSet;

use super::data::{Benchmarks, DataError};
use super::own_task::{OwnTask, OwnTaskError};
use super::plan::{Leg, Questions};
use super::scaling_bench::{self, Reasoned, ReasonedItemError};
use super::subset::{Selection, Subset, asked_for, select};
use super::task::{self, Task};
use crate::file::bounded::ReadError;
use crate::table;

/// Unknown ids that are named; more are only counted.
const NAMED_IDS: usize = 5;

/// A task and which of its items are evaluated. Its data are read again at its turn ([`Questions::open`]), so that no more
/// than one task is held: the items of the eight cloze tasks take 34 MB, a third of a small model.
pub struct Chosen {
    /// The task.
    pub name: String,
    /// The items.
    pub selection: Selection,
    /// Whether answers are programs, which are run.
    pub runs_programs: bool,
}

/// What is to be evaluated.
pub struct Choice {
    /// The tasks with at least one item.
    pub tasks: Vec<Chosen>,
    /// Ids that were asked for and that no task has.
    pub unknown: Vec<String>,
}

/// Why nothing can be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The benchmarks cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The user's items cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// One of the user's items is none.
    #[error(transparent)]
    Reasoned(#[from] ReasonedItemError),
    /// The user's task cannot be used.
    #[error(transparent)]
    Own(#[from] OwnTaskError),
    /// A list of ids of which no task has one.
    #[error("no item was selected: no id of --items is in the data of these tasks")]
    Nothing,
}

/// Reads the data, which refuses at once what could not be read later, and draws the items.
///
/// # Errors
/// [`ChoiceError`].
pub fn choose(questions: &Questions, leg: &Leg) -> Result<Choice, ChoiceError> {
    let mut tasks = Vec::new();
    let mut known = BTreeSet::new();
    for name in questions.tasks(&leg.tasks) {
        let task = questions.open(&name)?;
        let selection = select(&*task, &leg.subset);
        if let Subset::Ids(ids) = &leg.subset {
            known.extend(selection.indices.iter().filter_map(|&index| asked_for(ids, &*task, index)).cloned());
        }
        if !selection.indices.is_empty() {
            tasks.push(Chosen { runs_programs: task.runs_programs(), name, selection });
        }
    }
    if tasks.is_empty() {
        return Err(ChoiceError::Nothing);
    }
    let unknown = match &leg.subset {
        Subset::Ids(ids) => ids.difference(&known).cloned().collect(),
        _ => Vec::new(),
    };
    Ok(Choice { tasks, unknown })
}

impl Questions {
    /// The tasks among these, in the order in which they are run.
    fn tasks(&self, asked: &[String]) -> Vec<String> {
        match self {
            Self::Reasoned { .. } => vec![scaling_bench::REASONED.to_owned()],
            Self::Own { .. } => asked.to_vec(),
            Self::Benchmarks { .. } => {
                let names = task::all_names().filter(|name| asked.iter().any(|asked| asked == name));
                names.map(str::to_owned).collect()
            }
        }
    }

    /// Reads the data of a task.
    ///
    /// # Errors
    /// Data that cannot be read, or a task that there is not.
    pub fn open(&self, name: &str) -> Result<Box<dyn Task>, ChoiceError> {
        let data = match self {
            Self::Reasoned { file } => {
                let items = scaling_bench::read(&file.display().to_string(), &table::read(file)?)?;
                return Ok(Box::new(Reasoned(items)));
            }
            Self::Own { file } => return Ok(Box::new(OwnTask::read(file)?)),
            Self::Benchmarks { folder, pinned: true } => Benchmarks::pinned(folder),
            Self::Benchmarks { folder, pinned: false } => Benchmarks::unpinned(folder),
        };
        Ok(task::open(name, &data)?)
    }
}

impl Choice {
    /// What to say of ids that no task has: a misspelt list must not pass for a small one.
    #[must_use]
    pub fn warning(&self, subset: &Subset) -> Option<String> {
        let Subset::Ids(ids) = subset else { return None };
        let some = self.unknown.get(..self.unknown.len().min(NAMED_IDS)).filter(|some| !some.is_empty())?.join(", ");
        let rest = if self.unknown.len() > NAMED_IDS { ", …" } else { "" };
        Some(format!("{} of {} ids are in none of these tasks: {some}{rest}", self.unknown.len(), ids.len()))
    }
}
