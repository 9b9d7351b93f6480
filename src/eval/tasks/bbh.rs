//! BIG-Bench Hard: 27 tasks, three worked chains of thought, exact match of what follows `So the answer is`.

use std::collections::BTreeMap;

use serde::Deserialize;

#[cfg(feature = "download")]
use crate::eval::convert;
#[cfg(feature = "download")]
use crate::eval::data::Pin;
use crate::eval::data::{Benchmarks, DataError};
#[cfg(feature = "download")]
use crate::eval::publication::{DownloadError, Fetcher, SourceError};
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task};
use crate::eval::task_spec::{AnswerForm, TaskSpec};

/// What is known of it before its data are read.
pub(super) const SPEC: TaskSpec = TaskSpec {
    name: "bbh",
    data: "bbh/",
    answer: AnswerForm::Text,
    open: |data| Ok(Box::new(Bbh::read(data)?)),
    #[cfg(feature = "download")]
    fetch,
};

const MARK: &str = "So the answer is";
const STOPS: &[&str] = &["\n\nQ:"];
const MAX_TOKENS: u32 = 512;
const CHAT: &str = "Let's think step by step. End your reply with a line of the form: So the answer is ANSWER.";

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    task: String,
    input: String,
    target: String,
}

/// The benchmark.
#[derive(Debug)]
pub struct Bbh {
    heads: BTreeMap<String, String>,
    rows: Vec<Row>,
}

/// The answer in a chain of thought: the text after the first mark up to the line's end, without its final period.
fn extract(completion: &str) -> Option<String> {
    let (_, after) = completion.split_once(MARK)?;
    let line = after.trim_start().lines().next()?.trim_end();
    let answer = line.strip_suffix('.').unwrap_or(line).trim();
    (!answer.is_empty()).then(|| answer.to_owned())
}

/// The answer of a reply: the text after the last mark, without stars. An option may be named by its letter alone, or with
/// its text.
fn extract_last(reply: &str, gold: &str) -> Option<String> {
    let at = reply.rfind(MARK)?;
    let answer = extract(&reply[at..].replace('*', ""))?;
    let [b'(', letter, b')'] = gold.as_bytes() else { return Some(answer) };
    let named = answer.trim_start_matches('(');
    let alone =
        named.as_bytes().first() == Some(letter) && !named[1..].starts_with(|next: char| next.is_alphanumeric());
    Some(if alone { gold.to_owned() } else { answer })
}

/// The probability of guessing: one over the options where the answer names one, half for two-word answers, else nothing.
fn chance(row: &Row) -> f64 {
    let target = row.target.as_bytes();
    if let [b'(', letter, b')'] = target
        && letter.is_ascii_uppercase()
    {
        let listed = |line: &&str| {
            let line = line.trim_start().as_bytes();
            line.len() > 2 && line[0] == b'(' && line[1].is_ascii_uppercase() && line[2] == b')'
        };
        return 1.0 / row.input.lines().filter(listed).count().max(2) as f64;
    }
    match row.target.to_lowercase().as_str() {
        "true" | "false" | "yes" | "no" | "valid" | "invalid" => 0.5,
        _ => 0.0,
    }
}

impl Bbh {
    /// Reads `bbh/test.jsonl` and the prompt of every task in it.
    ///
    /// # Errors
    /// Data that cannot be read, or a prompt file without its `-----` line.
    pub fn read(data: &Benchmarks) -> Result<Self, DataError> {
        let rows: Vec<Row> = data.rows("bbh/test.jsonl")?;
        let mut heads = BTreeMap::new();
        for row in &rows {
            if heads.contains_key(&row.task) {
                continue;
            }
            if !row.task.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(DataError::Content {
                    path: data.root().join("bbh/test.jsonl"),
                    reason: format!("{}: a task name may hold letters, digits and underscores only", row.id),
                });
            }
            let name = format!("bbh/cot_prompts/{}.txt", row.task);
            let text = data.text(&name)?;
            let (_, head) = text.split_once("-----\n").ok_or_else(|| DataError::Content {
                path: data.root().join(&name),
                reason: "no line of five hyphens before the prompt".to_owned(),
            })?;
            heads.insert(row.task.clone(), head.trim_end_matches('\n').to_owned());
        }
        Ok(Self { heads, rows })
    }
}

impl Task for Bbh {
    fn name(&self) -> &str {
        SPEC.name
    }

    fn version(&self) -> u32 {
        1
    }

    fn shots(&self) -> u32 {
        3
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, index: usize) -> String {
        self.rows[index].id.clone()
    }

    fn stratum(&self, index: usize) -> String {
        self.rows[index].task.clone()
    }

    fn cluster(&self, index: usize) -> Option<String> {
        Some(self.rows[index].task.clone())
    }

    fn group(&self, index: usize) -> String {
        self.rows[index].task.clone()
    }

    fn item(&self, index: usize) -> Item {
        let row = &self.rows[index];
        let prompt = format!("{}\n\nQ: {}\nA: Let's think step by step.\n", self.heads[&row.task], row.input);
        Item {
            loss_context: format!("{prompt}{MARK}"),
            prompt,
            ask: Ask::generate(STOPS, MAX_TOKENS),
            continuation: format!(" {}", row.target),
        }
    }

    fn gold(&self, index: usize) -> Option<String> {
        Some(self.rows[index].target.clone())
    }

    fn chance(&self, index: usize) -> f64 {
        chance(&self.rows[index])
    }

    /// The task's own sentence and question, without the worked examples; the words that end a chain of thought are those
    /// that the examples end with.
    fn chat(&self, index: usize) -> Option<ChatForm> {
        let row = &self.rows[index];
        let head = &self.heads[&row.task];
        let sentence = head.split_once("\n\nQ: ").map_or(head.as_str(), |(sentence, _)| sentence);
        Some(ChatForm::of(format!("{sentence}\n\nQ: {}\n\n{CHAT}", row.input), MAX_TOKENS))
    }

    fn chat_protocol(&self) -> &'static str {
        "lm-evaluation-harness: bbh_cot_zeroshot, with the answer's words of the published chains of thought"
    }

    fn grade_reply(&self, index: usize, reply: &str, _code: Option<&dyn CodeScorer>) -> Grade {
        let gold = self.gold(index).unwrap_or_default();
        let prediction = extract_last(reply, &gold);
        let correct = prediction.as_deref() == Some(gold.strip_suffix('.').unwrap_or(&gold).trim());
        Grade::decided(prediction, correct)
    }

    fn grade(&self, index: usize, answer: Answer<'_>, _code: Option<&dyn CodeScorer>) -> Grade {
        let prediction = match answer {
            Answer::Text(completion) => extract(completion),
            Answer::Option(_) => None,
        };
        let target = &self.rows[index].target;
        let gold = target.strip_suffix('.').unwrap_or(target).trim();
        let correct = prediction.as_deref() == Some(gold);
        Grade::decided(prediction, correct)
    }
}

/// From `github.com/suzgunmirac/BIG-Bench-Hard`, `bbh/` and `cot-prompts/`.
#[cfg(feature = "download")]
fn fetch(from: &mut Fetcher<'_>, missing: &[Pin]) -> Result<(), DownloadError> {
    let root = format!("{}/suzgunmirac/BIG-Bench-Hard/main", from.hosts.github);
    let name = |pin: &Pin| Some(pin.path.strip_prefix("bbh/cot_prompts/")?.strip_suffix(".txt")?.to_owned());
    for pin in missing {
        if let Some(task) = name(pin) {
            let url = format!("{root}/cot-prompts/{task}.txt");
            let text = from.text(&url)?;
            from.keep(&url, &pin.path, &text)?;
        }
    }
    if missing.iter().any(|pin| pin.path == "bbh/test.jsonl") {
        let mut files = BTreeMap::new();
        for task in from.pins.iter().filter_map(name).collect::<Vec<_>>() {
            let text = from.text(&format!("{root}/bbh/{task}.json"))?;
            files.insert(task, text);
        }
        let url = format!("{root}/bbh");
        let text = convert::bbh(&files).map_err(|source| SourceError::Convert { url: url.clone(), source })?;
        from.keep(&url, "bbh/test.jsonl", &text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_what_follows_the_mark() {
        assert_eq!(extract("We see it.\nSo the answer is (B).").as_deref(), Some("(B)"));
        assert_eq!(extract("So the answer is ] ] >.").as_deref(), Some("] ] >"));
        assert_eq!(extract("So the answer is\nNo. So the answer is Yes.").as_deref(), Some("No. So the answer is Yes"));
        assert_eq!(extract("The answer is (B)."), None);
        assert_eq!(extract("So the answer is ."), None);
    }

    #[test]
    fn a_reply_names_its_answer_last() {
        let last = |reply: &str, gold: &str| extract_last(reply, gold).unwrap_or_default();
        assert_eq!(last("So the answer is (A)? No.\n**So the answer is (B).**", "(B)"), "(B)");
        assert_eq!(last("So the answer is B.", "(B)"), "(B)");
        assert_eq!(last("So the answer is (B) a cat.", "(B)"), "(B)");
        assert_eq!(last("So the answer is Because.", "(B)"), "Because");
        assert_eq!(last("So the answer is valid.", "valid"), "valid");
        assert_eq!(extract_last("B", "(B)"), None);
    }

    #[test]
    fn the_chance_counts_the_options() {
        let row = |input: &str, target: &str| Row {
            id: String::new(),
            task: String::new(),
            input: input.to_owned(),
            target: target.to_owned(),
        };
        assert_eq!(chance(&row("Which?\nOptions:\n(A) a\n(B) b\n(C) c", "(C)")), 1.0 / 3.0);
        assert_eq!(chance(&row("Is it?", "no")), 0.5);
        assert_eq!(chance(&row("How many?", "7")), 0.0);
    }
}
