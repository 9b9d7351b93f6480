//! The task file: what it may say, read and checked line by line.

use std::path::{Component, Path, PathBuf};

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::error::OwnTaskError;
use super::grader::GraderName;
use super::schema::JsonSchema;
use super::template::Template;
use crate::eval::pattern;
use crate::eval::tasks;
use crate::file::bounded;

/// Most bytes of a task file, and of a schema.
const MOST_BYTES: u64 = 1 << 20;
/// Most bytes of a task's name.
const MOST_NAME: usize = 64;
/// New tokens where the file does not say.
const MAX_TOKENS: u32 = 256;
/// Most new tokens that it may ask for.
const MOST_TOKENS: u32 = 32_768;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    name: Spanned<String>,
    items: Spanned<PathBuf>,
    prompt: Spanned<String>,
    grader: Spanned<GraderName>,
    #[serde(default = "answer_field")]
    answer: String,
    choices: Option<Spanned<String>>,
    reference: Option<String>,
    stratum: Option<String>,
    #[serde(default)]
    stops: Vec<Spanned<String>>,
    max_tokens: Option<Spanned<u32>>,
    shots: Option<Spanned<PathBuf>>,
    extract: Option<Spanned<String>>,
    #[serde(default)]
    ignore_case: bool,
    tolerance: Option<Spanned<f64>>,
    schema: Option<Spanned<PathBuf>>,
    #[serde(default)]
    continues_prompt: bool,
    #[serde(default)]
    chat: bool,
}

fn answer_field() -> String {
    "answer".to_owned()
}

/// A task file that was checked.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) items: PathBuf,
    pub(super) shots: Option<PathBuf>,
    pub(super) prompt: Template,
    pub(super) grader: GraderName,
    /// The field with the gold answer, or with the test of a program.
    pub(super) answer: String,
    /// The field with the choices.
    pub(super) choices: Option<String>,
    /// The field with the text whose loss is measured and that shots show.
    pub(super) reference: Option<String>,
    /// The field by which limited runs draw their items.
    pub(super) stratum: Option<String>,
    pub(super) stops: Vec<String>,
    pub(super) max_tokens: u32,
    /// What is read out of an answer before it is graded.
    pub(super) extract: Option<Regex>,
    pub(super) ignore_case: bool,
    pub(super) tolerance: f64,
    pub(super) schema: Option<JsonSchema>,
    pub(super) continues_prompt: bool,
    /// Whether it is to be asked in a chat.
    pub(super) chat: bool,
    /// The texts of the task file and of the schema, on which grades depend.
    pub(super) source: String,
}

/// The line of a byte, from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}

impl Definition {
    /// Reads a task file. Paths in it are below its own folder.
    ///
    /// # Errors
    /// [`OwnTaskError`], with the line of what is wrong.
    pub(super) fn read(path: &Path) -> Result<Self, OwnTaskError> {
        let text = bounded::text(path, MOST_BYTES)?;
        let wrong =
            |at: usize, reason: String| OwnTaskError::Line { path: path.to_owned(), line: line(&text, at), reason };
        let file: File = toml::from_str(&text).map_err(|error| {
            wrong(error.span().map_or(0, |span| span.start), error.message().trim().replace('\n', " "))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let grader = *file.grader.get_ref();
        let at_grader = file.grader.span().start;
        check_name(file.name.get_ref()).map_err(|reason| wrong(file.name.span().start, reason))?;
        let prompt = Template::parse(file.prompt.get_ref())
            .map_err(|reason| wrong(file.prompt.span().start, format!("prompt: {reason}")))?;
        let needs = |what: &str, there: bool, wanted: bool| match (there, wanted) {
            (false, true) => Err(wrong(at_grader, format!("this grader needs `{what}`"))),
            (true, false) => Err(wrong(at_grader, format!("this grader takes no `{what}`"))),
            _ => Ok(()),
        };
        needs("choices", file.choices.is_some(), grader == GraderName::Choice)?;
        needs("schema", file.schema.is_some(), grader == GraderName::JsonSchema)?;
        needs("tolerance", file.tolerance.is_some(), grader == GraderName::Number && file.tolerance.is_some())?;
        needs("continues-prompt", file.continues_prompt, grader == GraderName::Python && file.continues_prompt)?;
        let folds = matches!(grader, GraderName::Exact | GraderName::Contains | GraderName::Regex);
        needs("ignore-case", file.ignore_case, folds && file.ignore_case)?;
        let extracts = matches!(grader, GraderName::Exact | GraderName::Number | GraderName::Contains);
        needs("extract", file.extract.is_some(), extracts && file.extract.is_some())?;
        if file.shots.is_some() && file.reference.is_none() && !grader.has_gold_text() {
            return Err(wrong(
                at_grader,
                "with this grader `shots` need `reference`: the field of their answers".to_owned(),
            ));
        }
        if let Some(empty) = file.stops.iter().find(|stop| stop.get_ref().is_empty()) {
            return Err(wrong(empty.span().start, "a stop is empty".to_owned()));
        }
        let max_tokens = match &file.max_tokens {
            Some(asked) if !(1..=MOST_TOKENS).contains(asked.get_ref()) => {
                return Err(wrong(asked.span().start, format!("max-tokens: 1 to {MOST_TOKENS}")));
            }
            asked => asked.as_ref().map_or(MAX_TOKENS, |asked| *asked.get_ref()),
        };
        let tolerance = match &file.tolerance {
            Some(asked) if !(0.0..1.0).contains(asked.get_ref()) => {
                return Err(wrong(asked.span().start, "tolerance: a share from 0 to below 1".to_owned()));
            }
            asked => asked.as_ref().map_or(0.0, |asked| *asked.get_ref()),
        };
        let expression = |text: &Spanned<String>| {
            let text_of = format!("(?-i:{})", text.get_ref());
            pattern::of_data(&text_of)
                .map_err(|error| wrong(text.span().start, format!("extract: {}", pattern::fault(&error))))
        };
        let below = |path: &Spanned<PathBuf>| {
            let mut parts = path.get_ref().components();
            match parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
                true => Ok(folder.join(path.get_ref())),
                false => Err(wrong(path.span().start, "a path of a task is below the folder of its file".to_owned())),
            }
        };
        let extract = file.extract.as_ref().map(expression).transpose()?;
        let mut source = text.clone();
        let schema = match &file.schema {
            None => None,
            Some(schema) => {
                let (text, validator) = read_schema(&below(schema)?)?;
                source += &text;
                Some(validator)
            }
        };
        Ok(Self {
            name: file.name.into_inner(),
            items: below(&file.items)?,
            shots: file.shots.as_ref().map(below).transpose()?,
            prompt,
            grader,
            answer: file.answer,
            choices: file.choices.map(Spanned::into_inner),
            reference: file.reference,
            stratum: file.stratum,
            stops: file.stops.into_iter().map(Spanned::into_inner).collect(),
            max_tokens,
            extract,
            ignore_case: file.ignore_case,
            tolerance,
            schema,
            continues_prompt: file.continues_prompt,
            chat: file.chat,
            source,
        })
    }
}

/// A name is that of a log file, and no benchmark's.
fn check_name(name: &str) -> Result<(), String> {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if name.is_empty() || name.len() > MOST_NAME || !name.bytes().all(sound) {
        return Err(format!("name: 1 to {MOST_NAME} small letters, digits, - and _"));
    }
    if tasks::find(name).is_some() || name == tasks::EDGE {
        return Err(format!("name: \"{name}\" is a benchmark's; take another one"));
    }
    Ok(())
}

/// A schema's text and what it allows.
fn read_schema(path: &Path) -> Result<(String, JsonSchema), OwnTaskError> {
    let text = bounded::text(path, MOST_BYTES)?;
    let wrong = |reason: String| OwnTaskError::File { path: path.to_owned(), reason };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| OwnTaskError::Line {
        path: path.to_owned(),
        line: error.line(),
        reason: format!("no JSON: {error}"),
    })?;
    let schema = JsonSchema::of(&value).map_err(wrong)?;
    Ok((text, schema))
}
