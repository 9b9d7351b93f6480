//! What a benchmark is to the rest: items with their prompts, and a way to grade an answer.

use serde::Serialize;

use super::ifeval::verdict::Verdicts;
pub use super::tasks::{NAMES, all_names, open};

/// One question, ready to be put to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The text that the prediction is made from.
    pub prompt: String,
    /// How the prediction is made.
    pub ask: Ask,
    /// The text before the gold continuation; often the prompt itself.
    pub loss_context: String,
    /// The gold continuation, whose loss is measured.
    pub continuation: String,
}

/// How a prediction is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// The most probable of some continuations.
    Choice {
        /// The continuations, leading space included.
        options: Vec<String>,
    },
    /// The whole text with the highest log-likelihood a character.
    Cloze {
        /// The texts, leading space included, by which no character is counted.
        options: Vec<String>,
        /// The index of the right one.
        gold: usize,
    },
    /// Greedy text up to a stop.
    Generate {
        /// The completion ends before the first of these.
        stops: Vec<String>,
        /// Most new tokens.
        max_tokens: u32,
    },
    /// A greedy reply in a chat, up to the end of the turn.
    Reply(Reply),
}

/// How a chat's reply is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer ends before the first of these.
    pub stops: Vec<String>,
    /// Most new tokens of the answer.
    pub max_tokens: u32,
    /// The delimiters of a thought that the prompt has opened (see [`super::chat::thinking::DELIMITERS`]).
    pub opened: Option<usize>,
    /// Most tokens of a thought beyond these; 0 where it takes of the answer's.
    pub think_budget: u32,
    /// Why there is no prompt.
    pub failed: Option<String>,
}

/// What one side says in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// `user` or `assistant`.
    pub role: &'static str,
    /// What is said.
    pub content: String,
}

/// An item as a chat asks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatForm {
    /// The turns before the reply.
    pub turns: Vec<Turn>,
    /// The answer ends before the first of these.
    pub stops: Vec<String>,
    /// Most new tokens of the answer.
    pub max_tokens: u32,
}

impl Turn {
    /// The user's.
    #[must_use]
    pub const fn user(content: String) -> Self {
        Self { role: "user", content }
    }
}

impl ChatForm {
    /// One question, whose reply ends with its turn.
    #[must_use]
    pub fn of(content: String, max_tokens: u32) -> Self {
        Self { turns: vec![Turn::user(content)], stops: Vec::new(), max_tokens }
    }
}

/// What the model answered.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// The index of the chosen option.
    Option(usize),
    /// The generated text, its stop cut off.
    Text(&'a str),
}

/// An answer against the gold one.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// The answer that was read out of the completion; `None` where there was none to read.
    pub prediction: Option<String>,
    /// Whether it is right; `None` where that could not be decided (see `error`).
    pub correct: Option<bool>,
    /// Why it could not be decided.
    pub error: Option<String>,
    /// Of an item with instructions, whether each was followed.
    pub verdicts: Option<Verdicts>,
}

impl Grade {
    /// An answer that was decided.
    #[must_use]
    pub const fn decided(prediction: Option<String>, correct: bool) -> Self {
        Self { prediction, correct: Some(correct), error: None, verdicts: None }
    }

    /// An answer that could not be decided, and why where it was to be.
    #[must_use]
    pub const fn undecided(error: Option<String>) -> Self {
        Self { prediction: None, correct: None, error, verdicts: None }
    }
}

impl Ask {
    /// Greedy text up to one of some stops.
    #[must_use]
    pub fn generate(stops: &[&str], max_tokens: u32) -> Self {
        Self::Generate { stops: stops.iter().map(|stop| (*stop).to_owned()).collect(), max_tokens }
    }
}

/// The verdict on a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeOutcome {
    /// Every assertion held.
    Passed,
    /// The program is at fault: the reason, in a few words.
    Failed(String),
    /// The host is at fault: nothing is known of the program.
    Error(String),
    /// Left to be run elsewhere.
    Left,
}

/// Runs model-written programs.
pub trait CodeScorer {
    /// Runs a whole program of a task (the tests included) and tells whether it passed.
    fn score(&self, task: &str, program: &str) -> CodeOutcome;
}

/// A benchmark.
pub trait Task {
    /// Its name on the command line.
    fn name(&self) -> &str;

    /// Version of prompts, stops, extraction and grading together; a change of any raises it.
    fn version(&self) -> u32;

    /// Worked examples in the prompt.
    fn shots(&self) -> u32;

    /// Number of items.
    fn len(&self) -> usize;

    /// Whether there is no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of an item, as in the data.
    fn id(&self, index: usize) -> String;

    /// The stratum that subsets are drawn within: subject, task or level; one for all where the data name none.
    fn stratum(&self, _index: usize) -> String {
        String::new()
    }

    /// The seed of the task's fixed order, where a limited run takes the first items of one and not a sample of its own, so
    /// that a longer run holds a shorter one. It is the task's and never the user's: the first items of two runs, and of a
    /// reference that was evaluated long ago, are the same ones.
    fn order_seed(&self) -> Option<u64> {
        None
    }

    /// The cluster of correlated items for intervals, where the task has one.
    fn cluster(&self, _index: usize) -> Option<String> {
        None
    }

    /// Items of one group share a long beginning of their prompts; all of a task do, where it does not say otherwise.
    fn group(&self, _index: usize) -> String {
        String::new()
    }

    /// The prompts of an item.
    fn item(&self, index: usize) -> Item;

    /// The gold answer as compared with the prediction; `None` where tests decide.
    fn gold(&self, _index: usize) -> Option<String> {
        None
    }

    /// Whether its answers are programs, which are run.
    fn runs_programs(&self) -> bool {
        false
    }

    /// The probability that a guess is right: none for free text and programs.
    fn chance(&self, _index: usize) -> f64 {
        0.0
    }

    /// An item as a chat asks it; `None` for a task without such a form.
    fn chat(&self, _index: usize) -> Option<ChatForm> {
        None
    }

    /// The published protocol that its chat form follows, in words.
    fn chat_protocol(&self) -> &'static str {
        "the user's own"
    }

    /// Worked examples before a question in a chat.
    fn chat_shots(&self) -> u32 {
        0
    }

    /// Grades a reply to the chat form.
    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        self.grade(index, Answer::Text(reply), code)
    }

    /// Grades an answer.
    fn grade(&self, index: usize, answer: Answer<'_>, code: Option<&dyn CodeScorer>) -> Grade;
}

/// Grades a program's outcome: only the program's own failure is wrong.
pub(super) fn grade_code(outcome: Option<CodeOutcome>) -> Grade {
    match outcome {
        Some(CodeOutcome::Passed) => Grade::decided(Some("passed".to_owned()), true),
        Some(CodeOutcome::Failed(reason)) => Grade::decided(Some(format!("failed: {reason}")), false),
        Some(CodeOutcome::Left) => Grade::undecided(None),
        Some(CodeOutcome::Error(reason)) => Grade::undecided(Some(reason)),
        None => Grade::undecided(Some("the program was not run".to_owned())),
    }
}
