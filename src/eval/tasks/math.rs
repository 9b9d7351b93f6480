//! MATH: competition problems, the four Minerva shots, equivalence of final answers.

use serde::Deserialize;

#[cfg(feature = "download")]
use crate::eval::convert;
#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
use crate::eval::math_equivalence::equivalent;
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher, SourceError};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "math",
    data: "math/",
    answer: AnswerForm::Text,
    open: |data| Ok(Box::new(Math::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const STOPS: &[&str] = &["Problem:"];
const MAX_TOKENS: u32 = 1024;
const SHOTS: usize = 4;
const CHAT: &str = "Please reason step by step, and put your final answer within \\boxed{}.";

#[derive(Debug, Deserialize)]
struct Shot {
    problem: String,
    solution: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    subject: String,
    level: String,
    problem: String,
    solution: String,
}

/// The benchmark.
#[derive(Debug)]
pub struct Math {
    head: String,
    rows: Vec<Row>,
}

/// The content of the last `\boxed{…}` (or `\fbox{…}`), braces balanced.
#[must_use]
pub fn last_boxed(text: &str) -> Option<&str> {
    let at = text.rfind("\\boxed").map(|at| at + 6).or_else(|| text.rfind("\\fbox").map(|at| at + 5))?;
    let rest = text[at..].trim_start();
    let Some(inside) = rest.strip_prefix('{') else {
        return rest.split(['$', '\n']).next().map(|bare| bare.trim().trim_end_matches('.'));
    };
    let mut depth = 1;
    for (i, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..i]);
        }
    }
    None
}

/// The final answer of a completion: after `The final answer is`, up to `. I hope`; else the last box.
fn extract(completion: &str) -> Option<String> {
    let stated = completion
        .split_once("The final answer is ")
        .and_then(|(_, after)| after.split_once(". I hope"))
        .map(|(answer, _)| answer);
    stated.or_else(|| last_boxed(completion)).map(|answer| answer.trim().to_owned()).filter(|answer| !answer.is_empty())
}

impl Math {
    /// Reads `math/fewshot.jsonl` and `math/test.jsonl`.
    ///
    /// # Errors
    /// Data that cannot be read, too few shots, or a solution without an answer in a box.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let shots: Vec<Shot> = data.rows("math/fewshot.jsonl")?;
        let rows: Vec<Row> = data.rows("math/test.jsonl")?;
        let wrong = |reason: String| DataError::Content { path: data.root().join("math"), reason };
        if shots.len() < SHOTS {
            return Err(wrong(format!("fewshot.jsonl has fewer than {SHOTS} rows")));
        }
        if let Some(row) = rows.iter().find(|row| last_boxed(&row.solution).is_none()) {
            return Err(wrong(format!("{}: the solution has no answer in a box", row.id)));
        }
        let head = shots[..SHOTS]
            .iter()
            .map(|shot| format!("Problem:\n{}\n\nSolution: {}\n\n", shot.problem, shot.solution))
            .collect();
        Ok(Self { head, rows })
    }
}

impl Task for Math {
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
        let row = &self.rows[index];
        format!("{} {}", row.subject, row.level)
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("{}Problem:\n{}\n\nSolution:", self.head, row.problem);
        Item {
            loss_context: prompt.clone(),
            prompt,
            ask: Ask::generate(STOPS, MAX_TOKENS),
            continuation: format!(" {}", row.solution),
        }
    }

    fn gold(&self, index: usize) -> Option<String> {
        last_boxed(&self.rows[index].solution).map(str::to_owned)
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        Some(ChatForm::of(format!("{}\n\n{CHAT}", self.rows[index].problem), MAX_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "Qwen2.5-Math: `put your final answer within \\boxed{}`"
    }

    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        // The box that was asked for goes before what else a reply states.
        let boxed = last_boxed(reply).map(|answer| format!("\\boxed{{{answer}}}"));
        self.grade(index, Answer::Text(boxed.as_deref().unwrap_or(reply)), code)
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        let prediction = match answer {
            Answer::Text(completion) => extract(completion),
            Answer::Option(_) => None,
        };
        let gold = self.gold(index);
        let correct = match (&prediction, &gold) {
            (Some(prediction), Some(gold)) => equivalent(prediction, gold),
            _ => false,
        };
        Grade::decided(prediction, correct)
    }
}

/// From `people.eecs.berkeley.edu/~hendrycks/MATH.tar`; the Minerva shots from `EleutherAI/lm-evaluation-harness`.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, _: &[Pin]) -> Result<(), DownloadError> {
    let path = "EleutherAI/lm-evaluation-harness/v0.4.9/lm_eval/tasks/minerva_math/utils.py";
    let url = format!("{}/{path}", from.hosts.github);
    let source = from.text(&url)?;
    let shots = convert::minerva(&source).map_err(|source| SourceError::Convert { url: url.clone(), source })?;
    from.keep(&url, "math/fewshot.jsonl", &shots)?;
    let url = format!("{}/~hendrycks/MATH.tar", from.hosts.berkeley);
    Ok(from.convert(&url, |body| Ok(vec![("math/test.jsonl", convert::math(body)?)]))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_box_is_read_with_its_braces() {
        assert_eq!(last_boxed(r"so \boxed{1} and \boxed{\frac{1}{2}}."), Some(r"\frac{1}{2}"));
        assert_eq!(last_boxed(r"\boxed 7$ and more"), Some("7"));
        assert_eq!(last_boxed(r"\boxed{open"), None);
        assert_eq!(last_boxed("none"), None);
    }

    #[test]
    fn the_stated_answer_goes_before_the_box() {
        let text = "So $\\boxed{3}$.\nFinal Answer: The final answer is $4$. I hope it is correct.";
        assert_eq!(extract(text).as_deref(), Some("$4$"));
        assert_eq!(extract("So $\\boxed{3}$.").as_deref(), Some("3"));
        assert_eq!(extract("The final answer is 4"), None);
    }
}
