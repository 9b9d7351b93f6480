//! A task of one's own as the rest sees it.

use std::path::Path;

use regex::Regex;

use super::definition::Definition;
use super::error::OwnTaskError;
use super::grader::{Check, GraderName};
use super::row::{self, Row};
use crate::eval::answer_text::{self, code_block};
use crate::eval::number;
use crate::eval::pattern;
use crate::eval::task::{Answer, Ask, ChatForm, CodeScorer, Grade, Item, Task, Turn, grade_code};
use crate::file::digest::sha256_hex;

/// The letters of choices.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Between two worked examples.
const BETWEEN: &str = "\n\n";

/// An item, ready to be asked.
#[derive(Debug)]
struct OwnItem {
    id: String,
    stratum: String,
    prompt: String,
    /// The gold texts; the test of a program.
    gold: Vec<String>,
    /// The gold expression of `regex`.
    expression: Option<Regex>,
    /// The number of choices, 0 for texts.
    choices: usize,
    /// What stands behind the prompt in a worked example, and what the loss is of.
    continuation: String,
}

/// A task that a user's file describes.
#[derive(Debug)]
pub struct OwnTask {
    definition: Definition,
    version: u32,
    shots: u32,
    head: String,
    /// The worked examples as turns of a chat.
    turns: Vec<Turn>,
    items: Vec<OwnItem>,
}

impl OwnTask {
    /// Reads a task file with its items and worked examples.
    ///
    /// # Errors
    /// [`OwnTaskError`], with file and line.
    pub fn read(path: &Path) -> Result<Self, OwnTaskError> {
        let definition = Definition::read(path)?;
        let read = |path: &Path| -> Result<Vec<OwnItem>, OwnTaskError> {
            let wrong = |line, reason| OwnTaskError::Line { path: path.to_owned(), line, reason };
            let rows = row::read(path)?;
            rows.iter().map(|row| item(&definition, row).map_err(|reason| wrong(row.line, reason))).collect()
        };
        let items = read(&definition.items)?;
        let shown = definition.shots.as_deref().map(read).transpose()?.unwrap_or_default();
        let head = shown.iter().map(|shot| format!("{}{}{BETWEEN}", shot.prompt, shot.continuation)).collect();
        let turns = shown.iter().flat_map(|shot| {
            let answer = shot.continuation.trim_start().to_owned();
            [Turn::user(shot.prompt.clone()), Turn { role: "assistant", content: answer }]
        });
        let turns = turns.collect();
        // What grades depend on and no prompt shows: another one of these is another version.
        let golds: String = items.iter().flat_map(|item| &item.gold).map(|gold| sha256_hex(gold.as_bytes())).collect();
        let digest = sha256_hex(format!("{}{golds}", definition.source).as_bytes());
        let version = u32::from_str_radix(digest.get(..8).unwrap_or_default(), 16).unwrap_or_default();
        Ok(Self { definition, version, shots: u32::try_from(shown.len()).unwrap_or(u32::MAX), head, turns, items })
    }

    /// Whether the file asks for a chat.
    #[must_use]
    pub fn wants_chat(&self) -> bool {
        self.definition.chat
    }

    /// What an answer is held against; `None` for choices and programs.
    fn check<'a>(&'a self, item: &'a OwnItem) -> Option<Check<'a>> {
        let Definition { ignore_case, tolerance, schema, grader, .. } = &self.definition;
        Some(match grader {
            GraderName::Exact => Check::Exact { gold: &item.gold, ignore_case: *ignore_case },
            GraderName::Contains => Check::Contains { gold: &item.gold, ignore_case: *ignore_case },
            GraderName::Number => Check::Number { gold: item.gold.first()?, tolerance: *tolerance },
            GraderName::Regex => Check::Regex(item.expression.as_ref()?),
            GraderName::JsonSchema => Check::JsonSchema(schema.as_ref()?),
            GraderName::Choice | GraderName::Python => return None,
        })
    }

    /// The part of an answer that is graded: the first group of `extract`, or all that it matches.
    fn extracted<'a>(&self, answer: &'a str) -> Option<&'a str> {
        let Some(extract) = &self.definition.extract else { return Some(answer) };
        let found = extract.captures(answer)?;
        found.get(1).or_else(|| found.get(0)).map(|part| part.as_str())
    }
}

/// Makes a row an item, or says what it lacks.
fn item(definition: &Definition, row: &Row) -> Result<OwnItem, String> {
    let options = definition.choices.as_ref().map(|field| row.texts(field)).transpose()?;
    let choices = options.as_ref().map_or(0, Vec::len);
    if options.is_some() && !(2..=LETTERS.len()).contains(&choices) {
        return Err(format!("{choices} choices, not 2 to {}", LETTERS.len()));
    }
    let listed = |options: &Vec<String>| {
        let lines: Vec<String> =
            options.iter().zip(LETTERS.chars()).map(|(text, letter)| format!("{letter}. {text}")).collect();
        lines.join("\n")
    };
    let field = |name: &str| match &options {
        Some(options) if definition.choices.as_deref() == Some(name) => Some(listed(options)),
        _ => row.text(name),
    };
    let prompt =
        definition.prompt.fill(field).map_err(|name| format!("no field \"{name}\", which the prompt names"))?;
    if prompt.is_empty() {
        return Err("the prompt is empty".to_owned());
    }
    let mut gold = match definition.grader {
        GraderName::JsonSchema => Vec::new(),
        _ => row.texts(&definition.answer)?,
    };
    let mut expression = None;
    match definition.grader {
        GraderName::Choice => gold = vec![letter(&gold, choices)?],
        GraderName::Number if gold.len() != 1 || number::value(&gold[0]).is_none() => {
            return Err(format!("\"{}\" is not one number", definition.answer));
        }
        GraderName::Regex => {
            let case = if definition.ignore_case { "i" } else { "-i" };
            let text = format!("(?{case}:{})", gold.join("|"));
            expression = Some(
                pattern::of_data(&text)
                    .map_err(|error| format!("\"{}\": {}", definition.answer, pattern::fault(&error)))?,
            );
        }
        GraderName::Contains if gold.iter().any(String::is_empty) => {
            return Err(format!("\"{}\" is empty, and so stands in every answer", definition.answer));
        }
        _ => {}
    }
    let reference = match &definition.reference {
        Some(field) => Some(row.text(field).ok_or_else(|| format!("no field \"{field}\""))?),
        None => gold.first().filter(|_| definition.grader.has_gold_text()).cloned(),
    };
    let space = if prompt.ends_with(char::is_whitespace) { "" } else { " " };
    let continuation = reference.map(|text| format!("{space}{text}")).unwrap_or_default();
    let stratum = match &definition.stratum {
        Some(field) => row.text(field).ok_or_else(|| format!("no field \"{field}\", which `stratum` names"))?,
        None => String::new(),
    };
    Ok(OwnItem { id: row.id(), stratum, prompt, gold, expression, choices, continuation })
}

/// The letter of the right choice, which a row gives as a letter or as an index from 0.
fn letter(gold: &[String], choices: usize) -> Result<String, String> {
    let letters = &LETTERS[..choices];
    let named = match gold {
        [one] if one.len() == 1 && letters.contains(one.as_str()) => Some(one.clone()),
        [one] => one.parse::<usize>().ok().and_then(|at| letters.get(at..=at)).map(str::to_owned),
        _ => None,
    };
    named.ok_or_else(|| format!("the answer is neither one of the letters {letters} nor an index from 0"))
}

impl Task for OwnTask {
    fn name(&self) -> &str {
        &self.definition.name
    }

    /// The beginning of a hash of the task file, the schema and the gold answers.
    fn version(&self) -> u32 {
        self.version
    }

    fn shots(&self) -> u32 {
        self.shots
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn id(&self, index: usize) -> String {
        self.items[index].id.clone()
    }

    fn stratum(&self, index: usize) -> String {
        self.items[index].stratum.clone()
    }

    fn item(&self, index: usize) -> Item {
        let item = &self.items[index];
        let prompt = format!("{}{}", self.head, item.prompt);
        let space = if prompt.ends_with(char::is_whitespace) { "" } else { " " };
        let ask = match item.choices {
            0 => Ask::Generate { stops: self.definition.stops.clone(), max_tokens: self.definition.max_tokens },
            choices => Ask::Choice {
                options: LETTERS.chars().take(choices).map(|letter| format!("{space}{letter}")).collect(),
            },
        };
        Item { loss_context: prompt.clone(), prompt, ask, continuation: item.continuation.clone() }
    }

    fn gold(&self, index: usize) -> Option<String> {
        let gold = &self.items[index].gold;
        (self.definition.grader != GraderName::Python && !gold.is_empty()).then(|| gold.join(" | "))
    }

    fn runs_programs(&self) -> bool {
        self.definition.grader == GraderName::Python
    }

    fn chance(&self, index: usize) -> f64 {
        match self.items[index].choices {
            0 => 0.0,
            choices => 1.0 / choices as f64,
        }
    }

    fn chat(&self, index: usize) -> Option<ChatForm> {
        let Definition { stops, max_tokens, .. } = &self.definition;
        let mut turns = self.turns.clone();
        turns.push(Turn::user(self.items[index].prompt.clone()));
        Some(ChatForm { turns, stops: stops.clone(), max_tokens: *max_tokens })
    }

    fn chat_shots(&self) -> u32 {
        self.shots
    }

    /// A choice is read where the reply states its letter.
    fn grade_reply(&self, index: usize, reply: &str, code: Option<&dyn CodeScorer>) -> Grade {
        match self.items[index].choices {
            0 => self.grade(index, Answer::Text(reply), code),
            choices => match answer_text::letter(reply, choices) {
                Some(option) => self.grade(index, Answer::Option(option), code),
                None => Grade::decided(None, false),
            },
        }
    }

    fn grade(&self, index: usize, answer: Answer<'_>, code: Option<&dyn CodeScorer>) -> Grade {
        let item = &self.items[index];
        match answer {
            Answer::Option(option) => {
                let prediction = LETTERS.get(option..=option).map(str::to_owned);
                let correct = prediction.as_ref() == item.gold.first();
                Grade::decided(prediction, correct)
            }
            Answer::Text(text) if self.runs_programs() => {
                let begin = if self.definition.continues_prompt { item.prompt.as_str() } else { "" };
                let text = code_block(text).unwrap_or(text);
                let program = format!("{begin}{text}\n{}\n", item.gold.join("\n"));
                grade_code(code.map(|code| code.score(self.name(), &program)))
            }
            Answer::Text(text) => match (self.extracted(text), self.check(item)) {
                (Some(part), Some(check)) => {
                    let (prediction, correct) = check.grade(part);
                    Grade::decided(prediction, correct)
                }
                _ => Grade::decided(None, false),
            },
        }
    }
}
