//! The benchmarks that this program knows. A new one is a file beside this one, and its line here.

use super::bbh::Bbh;
use super::data::{Benchmarks, DataError};
use super::humaneval::HumanEval;
use super::math::Math;
use super::mbpp::Mbpp;
use super::mmlu::Mmlu;
use super::task::Task;

/// Reads a task's data and makes the task.
type Open = fn(&Benchmarks) -> Result<Box<dyn Task>, DataError>;

/// Names and tasks, in the order in which they are run.
const TASKS: &[(&str, Open)] = &[
    ("mmlu", |data| Ok(Box::new(Mmlu::read(data)?))),
    ("bbh", |data| Ok(Box::new(Bbh::read(data)?))),
    ("math", |data| Ok(Box::new(Math::read(data)?))),
    ("humaneval", |data| Ok(Box::new(HumanEval::read(data)?))),
    ("mbpp", |data| Ok(Box::new(Mbpp::read(data)?))),
];

/// The names of all tasks, in the order in which they are run.
pub const NAMES: [&str; TASKS.len()] = {
    let mut names = [""; TASKS.len()];
    let mut at = 0;
    while at < TASKS.len() {
        names[at] = TASKS[at].0;
        at += 1;
    }
    names
};

/// Reads a task's data and makes the task.
///
/// # Errors
/// A name that is not in [`NAMES`], or data that cannot be read.
pub fn open(name: &str, data: &Benchmarks) -> Result<Box<dyn Task>, DataError> {
    match TASKS.iter().find(|(known, _)| *known == name) {
        Some((_, open)) => open(data),
        None => Err(DataError::UnknownTask { name: name.to_owned(), known: NAMES.join(", ") }),
    }
}
