//! Test items with worked reasoning, in the shape of `openbmb/DensingLaw-ScalingBench`.
//!
//! JSON Lines, one object a line, with the instruction under `instruction`, `prompt`, `question` or `input` and the
//! reasoned answer under `answer`, `output`, `response`, `completion` or `target`; or with `reasoning` (also
//! `rationale`, `explanation`, `cot`) beside a short `answer`, which are then joined by a line break. Other keys are
//! ignored; `id` is kept. A loss over these answers is of the kind that the paper's curves were fitted on.

use serde_json::{Map, Value};

use super::task::{Answer, Ask, CodeScorer, Grade, Item, Task};

/// Most bytes of one line.
pub const MAX_LINE_BYTES: usize = 1 << 20;

const INSTRUCTION: [&str; 4] = ["instruction", "prompt", "question", "input"];
const REASONING: [&str; 4] = ["reasoning", "rationale", "explanation", "cot"];
const ANSWER: [&str; 5] = ["answer", "output", "response", "completion", "target"];

/// An instruction and the reasoned answer whose conditional loss is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonedItem {
    /// The item's `id`, or `line/N`.
    pub id: String,
    /// What the model is given.
    pub instruction: String,
    /// The continuation: reasoning and answer.
    pub answer: String,
}

/// A line that is no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReasonedItemError {
    /// No line at all.
    #[error("{file}: no item")]
    Empty {
        /// The file.
        file: String,
    },
    /// A line that cannot be read.
    #[error("{file}, line {line}: {problem}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// The items as a task: their loss is measured and nothing is predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoned(pub Vec<ReasonedItem>);

/// Name of the task in results and logs.
pub const REASONED: &str = "reasoned";

impl Task for Reasoned {
    fn name(&self) -> &str {
        REASONED
    }

    fn version(&self) -> u32 {
        1
    }

    fn shots(&self) -> u32 {
        0
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn id(&self, index: usize) -> String {
        self.0[index].id.clone()
    }

    fn stratum(&self, _index: usize) -> String {
        REASONED.to_owned()
    }

    fn group(&self, index: usize) -> String {
        index.to_string()
    }

    fn item(&self, index: usize) -> Item {
        let ReasonedItem { instruction, answer, .. } = &self.0[index];
        let prompt = format!("{instruction}\n");
        Item {
            loss_context: prompt.clone(),
            prompt,
            ask: Ask::Choice { options: Vec::new() },
            continuation: answer.clone(),
        }
    }

    fn grade(&self, _index: usize, _answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        Grade::undecided(Some("reasoned items have a loss only".to_owned()))
    }
}

/// Reads items from JSON Lines; `file` is the name that errors show.
///
/// # Errors
/// No item, a line that is too long or no JSON object, or an item without instruction or answer.
pub fn read(file: &str, text: &str) -> Result<Vec<ReasonedItem>, ReasonedItemError> {
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = index + 1;
        items.push(item(line, number).map_err(|problem| ReasonedItemError::Line {
            file: file.to_owned(),
            line: number,
            problem,
        })?);
    }
    if items.is_empty() { Err(ReasonedItemError::Empty { file: file.to_owned() }) } else { Ok(items) }
}

fn item(line: &str, number: usize) -> Result<ReasonedItem, String> {
    if line.len() > MAX_LINE_BYTES {
        return Err(format!("longer than {MAX_LINE_BYTES} bytes"));
    }
    let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| format!("no JSON object: {error}"))?;
    let instruction =
        text(&object, &INSTRUCTION).ok_or_else(|| format!("no text under any of: {}", INSTRUCTION.join(", ")))?;
    let answer = text(&object, &ANSWER).ok_or_else(|| format!("no text under any of: {}", ANSWER.join(", ")))?;
    let answer = match text(&object, &REASONING) {
        Some(reasoning) => format!("{reasoning}\n{answer}"),
        None => answer.to_owned(),
    };
    let id = match object.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => format!("line/{number}"),
    };
    Ok(ReasonedItem { id, instruction: instruction.to_owned(), answer })
}

fn text<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| object.get(*key)?.as_str()).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = include_str!("../../tests/fixtures/scaling_bench_small.jsonl");

    #[test]
    fn reads_both_shapes() {
        let items = read("small.jsonl", SMALL).unwrap();
        assert_eq!(items.len(), 3);
        assert_eq!(items[0].instruction, "What is 2 + 3 * 4?");
        assert_eq!(items[0].answer, "Multiply first: 3 * 4 = 12. Then 2 + 12 = 14. The answer is 14.");
        assert_eq!(items[1].answer, "All birds lay eggs and a wren is a bird.\nThe answer is yes.");
        assert_eq!((items[1].id.as_str(), items[2].id.as_str()), ("logic-7", "line/4"));
    }

    #[test]
    fn the_task_measures_the_reasoned_answer_after_its_instruction() {
        let task = Reasoned(read("small.jsonl", SMALL).unwrap());
        let item = task.item(0);
        assert_eq!((task.len(), item.loss_context.as_str()), (3, "What is 2 + 3 * 4?\n"));
        assert!(item.continuation.ends_with("The answer is 14."));
    }

    #[test]
    fn a_bad_line_is_named() {
        let bare = read("x.jsonl", "{\"instruction\": \"a\", \"answer\": \"b\"}\n{\"instruction\": \"a\"}\n");
        assert_eq!(
            bare.unwrap_err().to_string(),
            "x.jsonl, line 2: no text under any of: answer, output, response, completion, target"
        );
        assert!(read("x.jsonl", "[1]").is_err());
        assert!(matches!(read("x.jsonl", "\n"), Err(ReasonedItemError::Empty { .. })));
    }
}
