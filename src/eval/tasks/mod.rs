//! The benchmarks that this program knows. A new one is a file beside this one, named twice here: as a module, and in the
//! order in which tasks are run.

pub mod bbh;
pub mod cloze;
mod cloze_item;
pub mod gsm8k;
pub mod humaneval;
pub mod ifeval;
pub mod math;
pub mod mbpp;
pub mod mmlu;
pub mod mmlu_cloze;

use super::data::{Benchmarks, DataError};
use super::task::Task;
use super::task_spec::{AnswerForm, TaskSpec};

/// The benchmarks of the paper, in the order in which they are run.
const TASKS: &[&TaskSpec] = &[&mmlu::SPEC, &bbh::SPEC, &math::SPEC, &humaneval::SPEC, &mbpp::SPEC];

/// The cloze tasks of the edge family, in the order in which they are run; they are run where they are asked for.
const CLOZE: &[&TaskSpec] = &[
    &cloze::ARC_EASY,
    &cloze::ARC_CHALLENGE,
    &cloze::HELLASWAG,
    &cloze::PIQA,
    &cloze::CSQA,
    &cloze::SOCIAL_IQA,
    &cloze::OPENBOOKQA,
    &mmlu_cloze::SPEC,
];

/// Further tasks, which are run where they are asked for.
const FURTHER: &[&TaskSpec] = &[&gsm8k::SPEC, &ifeval::SPEC];

/// Whether a task is one of those that are run only where they are asked for, and of which no density is made.
#[must_use]
pub fn is_further(name: &str) -> bool {
    FURTHER.iter().any(|spec| spec.name == name)
}

/// The word for all cloze tasks.
pub const EDGE: &str = "edge";

/// The names of the benchmarks of the paper, in the order in which they are run.
pub const NAMES: [&str; TASKS.len()] = {
    let mut names = [""; TASKS.len()];
    let mut at = 0;
    while at < TASKS.len() {
        names[at] = TASKS[at].name;
        at += 1;
    }
    names
};

/// What is known of every task, in the order in which they are run.
fn all() -> impl Iterator<Item = &'static TaskSpec> {
    TASKS.iter().chain(CLOZE).chain(FURTHER).copied()
}

/// The names of all tasks, in the order in which they are run.
pub fn all_names() -> impl Iterator<Item = &'static str> {
    all().map(|spec| spec.name)
}

/// What is known of the task of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static TaskSpec> {
    all().find(|spec| spec.name == name)
}

/// The names that were asked for, each once and [`EDGE`] as the names that it stands for.
#[must_use]
pub fn expanded(names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let stands_for: Vec<&str> =
            if name == EDGE { CLOZE.iter().map(|spec| spec.name).collect() } else { vec![name.as_str()] };
        for name in stands_for {
            if !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// What the items of a task are answered with; a task that is in no list is taken for one that writes.
#[must_use]
pub fn answer_form(name: &str) -> AnswerForm {
    find(name).map_or(AnswerForm::Text, |spec| spec.answer)
}

/// Reads a task's data and makes the task.
///
/// # Errors
/// A name that is none of [`all_names`], or data that cannot be read.
pub fn open(name: &str, data: &Benchmarks) -> Result<Box<dyn Task>, DataError> {
    match find(name) {
        Some(spec) => (spec.open)(data),
        None => {
            Err(DataError::UnknownTask { name: name.to_owned(), known: all_names().collect::<Vec<_>>().join(", ") })
        }
    }
}
