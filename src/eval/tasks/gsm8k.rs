//! GSM8K: sums in words, no worked examples, the number after `####` or the last one.
//!
//! Prompt, stop and reading of the answer are those of `gsm8k` in lm-evaluation-harness with no shots and its filter
//! `flexible-extract`; a number after `####` goes before the last one.

use serde::Deserialize;

#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
use crate::eval::number;
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "gsm8k",
    data: "gsm8k/",
    answer: AnswerForm::Text,
    open: |data| Ok(Box::new(Gsm8k::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const FILE: &str = "gsm8k/test.jsonl";
const STOPS: &[&str] = &["Question:"];
const MAX_TOKENS: u32 = 512;
const CHAT: &str = "Given the following problem, reason and give a final answer to the problem.\nProblem: ";
const CHAT_FORMAT: &str = "\nYour response should end with \"The final answer is [answer]\" where [answer] is the response to \
                           the problem.\n";

#[derive(Debug, Deserialize)]
struct Row {
    question: String,
    answer: String,
}

/// The benchmark. Its items have no names of their own: an id is the row's number, from 0.
#[derive(Debug)]
pub struct Gsm8k {
    rows: Vec<Row>,
}

impl Gsm8k {
    /// Reads `gsm8k/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, or a worked answer without a number.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let rows: Vec<Row> = data.rows(FILE)?;
        if let Some(at) = rows.iter().position(|row| number::stated(&row.answer).and_then(number::value).is_none()) {
            let reason = "the answer has no number".to_owned();
            return Err(DataError::Line { path: data.root().join(FILE), line: at + 1, reason });
        }
        Ok(Self { rows })
    }
}

impl Task for Gsm8k {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn version(&self) -> u32 {
        1
    }

    fn shots(&self) -> u32 {
        0
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, index: usize) -> String {
        index.to_string()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("Question: {}\nAnswer:", row.question);
        Item {
            loss_context: prompt.clone(),
            prompt,
            ask: Ask::generate(STOPS, MAX_TOKENS),
            continuation: format!(" {}", row.answer),
        }
    }

    fn gold(&self, index: usize) -> Option<String> {
        number::stated(&self.rows[index].answer).map(str::to_owned)
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        Some(ChatForm::of(format!("{CHAT}{}{CHAT_FORMAT}", self.rows[index].question), MAX_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "lm-evaluation-harness: gsm8k_cot_llama without shots, flexible-extract"
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        let prediction = match answer {
            Answer::Text(completion) => number::stated(completion).map(str::to_owned),
            Answer::Option(_) => None,
        };
        let gold = self.gold(index).unwrap_or_default();
        let correct = prediction.as_ref().is_some_and(|prediction| number::same(prediction, &gold));
        Grade::decided(prediction, correct)
    }
}

/// From `github.com/openai/grade-school-math`.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    let path = "openai/grade-school-math/master/grade_school_math/data/test.jsonl";
    let url = format!("{}/{path}", from.hosts.github);
    let text = from.text(&url)?;
    Ok(from.keep(&url, FILE, &text)?)
}
