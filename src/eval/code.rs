//! HumanEval and MBPP: from a completion to a program that asserts its own correctness, and its verdict.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::sandbox::{Jail, Run, outcome::CodeOutcome};
use super::task::{self, CodeScorer};
use crate::file::bounded::{self, ReadError};
use crate::process::side_by_side::side_by_side;

/// A row of `humaneval/test.jsonl` (the official fields).
#[derive(Debug, Clone, Deserialize)]
pub struct HumanEvalRow {
    /// `HumanEval/0` and so on.
    pub task_id: String,
    /// Imports, signature and docstring, to be completed.
    pub prompt: String,
    /// The function's name.
    pub entry_point: String,
    /// The reference body.
    pub canonical_solution: String,
    /// Defines `check(candidate)`.
    pub test: String,
}

/// A row of `mbpp/test.jsonl` (the official fields that scoring needs).
#[derive(Debug, Clone, Deserialize)]
pub struct MbppRow {
    /// 11 to 510 in the test split.
    pub task_id: u32,
    /// The reference solution, line ends as published.
    pub code: String,
    /// Runs between the solution and the tests, which it may use; nearly always empty.
    #[serde(default)]
    pub test_setup_code: String,
    /// One assertion each.
    pub test_list: Vec<String>,
}

/// A completion and the item it answers.
#[derive(Debug, Clone, Copy)]
pub enum CodeTask<'a> {
    /// The text after the prompt, already cut at its stop sequence.
    HumanEval {
        /// The item.
        row: &'a HumanEvalRow,
        /// The completion.
        completion: &'a str,
    },
    /// The text between `[BEGIN]` and `[DONE]`.
    Mbpp {
        /// The item.
        row: &'a MbppRow,
        /// The completion.
        completion: &'a str,
    },
}

impl CodeTask<'_> {
    /// The program as the official harnesses put it together: HumanEval's `prompt + completion + test + check(f)`;
    /// MBPP's code, set-up code and every assertion of `test_list`.
    #[must_use]
    pub fn program(&self) -> String {
        match self {
            Self::HumanEval { row, completion } => {
                format!("{}{completion}\n{}\ncheck({})", row.prompt, row.test, row.entry_point)
            }
            Self::Mbpp { row, completion } => {
                let mut program = format!("{completion}\n{}\n", row.test_setup_code);
                for test in &row.test_list {
                    program.push_str(test);
                    program.push('\n');
                }
                program
            }
        }
    }

    /// The item's id as in the item log.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::HumanEval { row, .. } => row.task_id.clone(),
            Self::Mbpp { row, .. } => row.task_id.to_string(),
        }
    }
}

/// Runs one completion's tests in the jail.
#[must_use]
pub fn score_code(task: CodeTask<'_>, jail: &Jail) -> CodeOutcome {
    jail.run(&task.program()).outcome
}

/// Runs many, `at_once` in parallel; the runs come back in the order of the tasks, and `done` is called after each
/// (from the scoring threads) with its index.
#[must_use]
pub fn score_all(tasks: &[CodeTask<'_>], jail: &Jail, at_once: usize, done: &(dyn Fn(usize, &Run) + Sync)) -> Vec<Run> {
    side_by_side(tasks, at_once, |index, task| {
        let run = jail.run(&task.program());
        done(index, &run);
        run
    })
}

impl CodeScorer for Jail {
    /// A fault of the host is an error, never a wrong answer.
    fn score(&self, _task: &str, program: &str) -> task::CodeOutcome {
        match self.run(program).outcome {
            CodeOutcome::Passed => task::CodeOutcome::Passed,
            CodeOutcome::HostError { reason } => task::CodeOutcome::Error(reason),
            failed => task::CodeOutcome::Failed(failed.to_string()),
        }
    }
}

/// How the reference solutions of a data set fared.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceCheck {
    /// Items run.
    pub items: usize,
    /// Those that passed.
    pub passed: usize,
    /// Id and outcome of the others.
    pub others: Vec<(String, CodeOutcome)>,
}

/// Runs tasks whose completions are the data set's own solutions; on a sound host all pass.
#[must_use]
pub fn check_references(tasks: &[CodeTask<'_>], jail: &Jail, at_once: usize) -> ReferenceCheck {
    let runs = score_all(tasks, jail, at_once, &|_, _| {});
    let others: Vec<_> = tasks
        .iter()
        .zip(runs)
        .filter(|(_, run)| run.outcome != CodeOutcome::Passed)
        .map(|(task, run)| (task.id(), run.outcome))
        .collect();
    ReferenceCheck { items: tasks.len(), passed: tasks.len() - others.len(), others }
}

/// The reference solutions as tasks.
#[must_use]
pub fn humaneval_references(rows: &[HumanEvalRow]) -> Vec<CodeTask<'_>> {
    rows.iter().map(|row| CodeTask::HumanEval { row, completion: &row.canonical_solution }).collect()
}

/// The reference solutions as tasks.
#[must_use]
pub fn mbpp_references(rows: &[MbppRow]) -> Vec<CodeTask<'_>> {
    rows.iter().map(|row| CodeTask::Mbpp { row, completion: &row.code }).collect()
}

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The file cannot be read, or is larger than any of the data sets.
    #[error("{0} (--data names the folder of the data sets)")]
    File(#[from] ReadError),
    /// A line is not a row.
    #[error("{path}, line {line}: {error}")]
    Row {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Why.
        error: serde_json::Error,
    },
}

const LARGEST_FILE: u64 = 256 << 20;

/// Reads a JSON Lines file of rows; empty lines are skipped.
///
/// # Errors
/// The file is unreadable or too large, or a line does not parse.
pub fn read_rows<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, RowsError> {
    let text = bounded::text(path, LARGEST_FILE)?;
    // Not `lines()`, which would also cut a carriage return from the text's end.
    text.split('\n')
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| RowsError::Row { path: path.to_owned(), line: at + 1, error })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_are_put_together_as_the_official_harnesses_do() {
        let row = HumanEvalRow {
            task_id: "T/0".to_owned(),
            prompt: "def one():\n".to_owned(),
            entry_point: "one".to_owned(),
            canonical_solution: String::new(),
            test: "def check(f):\n    assert f() == 1".to_owned(),
        };
        let program = CodeTask::HumanEval { row: &row, completion: "    return 1" }.program();
        assert_eq!(program, "def one():\n    return 1\ndef check(f):\n    assert f() == 1\ncheck(one)");
        let row = MbppRow {
            task_id: 11,
            code: "def f():\r\n  return 1".to_owned(),
            test_setup_code: "import math".to_owned(),
            test_list: vec!["assert f() == 1".to_owned(), "assert f() != 2".to_owned()],
        };
        let program = CodeTask::Mbpp { row: &row, completion: &row.code }.program();
        assert_eq!(program, "def f():\r\n  return 1\nimport math\nassert f() == 1\nassert f() != 2\n");
    }
}
