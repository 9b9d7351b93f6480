//! MBPP: write a Python function from one sentence and three assertions, three shots, greedily, and run the assertions.

use serde::Deserialize;

use crate::eval::answer_text::code_block;
#[cfg(feature = "download")]
use crate::eval::convert;
#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task, grade_code};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "mbpp",
    data: "mbpp/",
    answer: AnswerForm::Program,
    open: |data| Ok(Box::new(Mbpp::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const STOPS: &[&str] = &["[DONE]"];
const MAX_TOKENS: u32 = 512;
const SHOTS: usize = 3;
const CHAT: &str = "You are an expert Python programmer, and here is your task:";

#[derive(Debug, Deserialize)]
struct Row {
    text: String,
    code: String,
    task_id: u32,
    test_setup_code: String,
    test_list: Vec<String>,
}

/// The benchmark.
#[derive(Debug)]
pub struct Mbpp {
    head: String,
    rows: Vec<Row>,
}

fn question(row: &Row) -> String {
    let tests: Vec<&str> = row.test_list.iter().take(3).map(String::as_str).collect();
    format!(
        "You are an expert Python programmer, and here is your task: {} Your code should pass these tests:\n\n{}\n[BEGIN]\n",
        row.text,
        tests.join("\n")
    )
}

impl Mbpp {
    /// Reads `mbpp/prompt.jsonl` and `mbpp/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, or too few shots.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let shots: Vec<Row> = data.rows("mbpp/prompt.jsonl")?;
        if shots.len() < SHOTS {
            return Err(DataError::Content {
                path: data.root().join("mbpp/prompt.jsonl"),
                reason: format!("fewer than {SHOTS} rows"),
            });
        }
        let head = shots[..SHOTS].iter().map(|shot| format!("{}{}\n[DONE]\n\n", question(shot), shot.code)).collect();
        Ok(Self { head, rows: data.rows("mbpp/test.jsonl")? })
    }

    /// The program that decides about a completion: completion, set-up code, every assertion of the test list. The
    /// set-up code comes second because the only row that has some builds its data with the solution's own class.
    #[must_use]
    pub fn program(&self, index: usize, completion: &str) -> String {
        let row = &self.rows[index];
        format!("{completion}\n{}\n{}\n", row.test_setup_code, row.test_list.join("\n"))
    }

    /// The published solution.
    #[must_use]
    pub fn reference(&self, index: usize) -> &str {
        &self.rows[index].code
    }
}

impl Task for Mbpp {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn version(&self) -> u32 {
        1
    }

    fn shots(&self) -> u32 {
        SHOTS as u32
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, index: usize) -> String {
        self.rows[index].task_id.to_string()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("{}{}", self.head, question(row));
        Item {
            loss_context: prompt.clone(),
            prompt,
            ask: Ask::generate(STOPS, MAX_TOKENS),
            continuation: row.code.clone(),
        }
    }

    fn runs_programs(&self) -> bool {
        true
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        let row = &self.rows[index];
        let tests: Vec<&str> = row.test_list.iter().take(3).map(String::as_str).collect();
        let (task, tests) = (&row.text, tests.join("\n"));
        Some(ChatForm::of(format!("{CHAT}\n{task}\nYour code should pass these tests:\n{tests}"), MAX_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "lm-evaluation-harness: mbpp_instruct without shots, the reply not begun for the model"
    }

    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        self.grade(index, Answer::Text(code_block(reply).unwrap_or(reply)), code)
    }

    fn grade(&self, index: usize, answer: Answer<'_>, code: Option<&dyn CodeScorer>) -> Grade {
        let Answer::Text(completion) = answer else { return grade_code(None) };
        grade_code(code.map(|code| code.score(self.name(), &self.program(index, completion))))
    }
}

/// From `github.com/google-research/google-research`, else the copy in `deepseek-ai/DeepSeek-Coder`.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    let copy = |from: &mut Fetcher<'_>, path: &str| {
        let url = format!("{}/{path}", from.hosts.github);
        from.convert(&url, |body| {
            let mut text = String::new();
            body.read_to_string(&mut text)?;
            let part = |ids| convert::mbpp(&text, ids);
            Ok(vec![("mbpp/prompt.jsonl", part(2..=4)?), ("mbpp/test.jsonl", part(11..=510)?)])
        })
    };
    // The first host has had several versions; the copy is tried before giving up.
    from.first_of(&[&|from| copy(from, "google-research/google-research/master/mbpp/mbpp.jsonl"), &|from| {
        copy(from, "deepseek-ai/DeepSeek-Coder/main/Evaluation/MBPP/data/mbpp.jsonl")
    }])
}
