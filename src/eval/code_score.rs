//! Completions given in a file, and the score of their programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::answer_text::code_block;
use super::sandbox::{Jail, Run, outcome::CodeOutcome};
use crate::stat::estimate::Estimate;
use crate::stat::proportion::wilson;

/// Level of the score's interval.
const LEVEL: f64 = 0.95;

/// A line of a file of completions.
#[derive(Debug, Deserialize)]
pub struct Completion {
    /// The item.
    #[serde(alias = "task_id")]
    pub id: ItemId,
    /// What a model wrote.
    pub completion: String,
    /// Whether it is a reply in a chat.
    #[serde(default)]
    pub chat: bool,
}

impl Completion {
    /// The program in it: of a reply, the first block of code, on a line of its own.
    #[must_use]
    pub fn program(&self) -> String {
        if self.chat {
            format!("\n{}", code_block(&self.completion).unwrap_or(&self.completion))
        } else {
            self.completion.clone()
        }
    }
}

/// An item's id; some data sets number their items.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "an item id is a text or a number")]
pub enum ItemId {
    /// A text.
    Text(String),
    /// A number.
    Number(serde_json::Number),
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(id) => f.write_str(id),
            Self::Number(id) => id.fmt(f),
        }
    }
}

/// The verdict on a program.
#[derive(Debug, Serialize)]
pub struct Scored<'a> {
    id: &'a str,
    correct: Option<bool>,
    #[serde(flatten)]
    outcome: &'a CodeOutcome,
    wall_seconds: f64,
    cpu_seconds: Option<f64>,
}

/// The verdicts in the order of the input, and their score.
#[derive(Debug, Serialize)]
pub struct CodeScore<'a> {
    n: usize,
    /// Programs that passed.
    pub passed: usize,
    /// Programs that did not.
    pub failed: usize,
    /// Programs that the host failed: they are not known to be wrong, so they are left out of the score.
    pub errors: usize,
    /// Share that passed; `None` where no program was judged.
    pub score: Option<Estimate>,
    score_unit: &'static str,
    at_chance: bool,
    python: String,
    layers: &'a [String],
    /// The verdicts.
    pub items: Vec<Scored<'a>>,
}

impl<'a> CodeScore<'a> {
    /// Of programs that ran in a jail, by the ids of their items.
    #[must_use]
    pub fn of(rows: &'a [(String, Run)], jail: &'a Jail) -> Self {
        let items: Vec<Scored<'_>> = rows
            .iter()
            .map(|(id, run)| Scored {
                id,
                correct: run.outcome.correct(),
                outcome: &run.outcome,
                wall_seconds: run.wall_seconds,
                cpu_seconds: run.cpu_seconds,
            })
            .collect();
        let count = |wanted| items.iter().filter(|verdict| verdict.correct == wanted).count();
        let (passed, failed, errors) = (count(Some(true)), count(Some(false)), count(None));
        let score = wilson(passed as u64, (passed + failed) as u64, LEVEL).ok().map(|share| share.map(|x| 100.0 * x));
        Self {
            n: items.len(),
            passed,
            failed,
            errors,
            at_chance: score.is_some() && passed == 0,
            score,
            score_unit: "percent",
            python: jail.interpreter.version.to_string(),
            layers: &jail.layers,
            items,
        }
    }
}
