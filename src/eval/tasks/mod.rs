//! The benchmarks that this program knows. A new one is a file beside this one, named twice here: as a module, and in the
//! order in which tasks are run.

pub mod bbh;
pub mod humaneval;
pub mod math;
pub mod mbpp;
pub mod mmlu;

use super::data::{Benchmarks, DataError};
use super::task::Task;
use super::task_spec::{AnswerForm, TaskSpec};

/// All benchmarks, in the order in which they are run.
const TASKS: &[&TaskSpec] = &[&mmlu::SPEC, &bbh::SPEC, &math::SPEC, &humaneval::SPEC, &mbpp::SPEC];

/// The names of all tasks, in the order in which they are run.
pub const NAMES: [&str; TASKS.len()] = {
    let mut names = [""; TASKS.len()];
    let mut at = 0;
    while at < TASKS.len() {
        names[at] = TASKS[at].name;
        at += 1;
    }
    names
};

/// What is known of the task of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static TaskSpec> {
    TASKS.iter().find(|spec| spec.name == name).copied()
}

/// What the items of a task are answered with; a task that is in no list is taken for one that writes.
#[must_use]
pub fn answer_form(name: &str) -> AnswerForm {
    find(name).map_or(AnswerForm::Text, |spec| spec.answer)
}

/// Reads a task's data and makes the task.
///
/// # Errors
/// A name that is not in [`NAMES`], or data that cannot be read.
pub fn open(name: &str, data: &Benchmarks) -> Result<Box<dyn Task>, DataError> {
    match find(name) {
        Some(spec) => (spec.open)(data),
        None => Err(DataError::UnknownTask { name: name.to_owned(), known: NAMES.join(", ") }),
    }
}
