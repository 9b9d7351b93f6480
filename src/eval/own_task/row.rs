//! A row of the items: a JSON object whose fields the task file names.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::OwnTaskError;
use crate::file::bounded;

/// Most bytes of a file of items.
const MOST_BYTES: u64 = 64 << 20;

/// Most bytes of one row.
const MOST_LINE: usize = 1 << 20;

/// Most rows.
const MOST_ROWS: usize = 100_000;

/// A text, a number, or true or false.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Number(serde_json::Number),
    Flag(bool),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// A field: one of these, a list of them, or something that no task can use.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Field {
    One(Scalar),
    Many(Vec<Scalar>),
    Other(IgnoredAny),
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Its line in the file, from 1.
    pub(super) line: usize,
    fields: BTreeMap<String, Field>,
}

impl Row {
    /// A field as it stands in a prompt; the parts of a list are joined by commas.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Field::One(one) => Some(one.to_string()),
            Field::Many(many) => Some(many.iter().map(Scalar::to_string).collect::<Vec<_>>().join(", ")),
            Field::Other(_) => None,
        }
    }

    /// A field that is a text, or a list of texts; numbers are taken as texts.
    ///
    /// # Errors
    /// No such field, or another kind of value.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        match self.fields.get(name) {
            None => Err(format!("no field \"{name}\"")),
            Some(Field::One(one)) => Ok(vec![one.to_string()]),
            Some(Field::Many(many)) if !many.is_empty() => Ok(many.iter().map(Scalar::to_string).collect()),
            Some(_) => Err(format!("\"{name}\" is no text, nor a list of texts")),
        }
    }

    /// The row's id: the field `id`, a text or a number, else its line.
    pub(super) fn id(&self) -> String {
        self.text("id").unwrap_or_else(|| format!("line/{}", self.line))
    }
}

/// Reads the rows of a JSON Lines file; empty lines are passed over.
///
/// # Errors
/// A file that cannot be read or is too large, a line that is no object, two rows of one id, or no row.
pub(super) fn read(path: &Path) -> Result<Vec<Row>, OwnTaskError> {
    let text = bounded::text(path, MOST_BYTES)?;
    let mut rows = Vec::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (at, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |reason| OwnTaskError::Line { path: path.to_owned(), line: at + 1, reason };
        if line.len() > MOST_LINE {
            return Err(wrong(format!("longer than {} MiB", MOST_LINE >> 20)));
        }
        let fields = serde_json::from_str(line).map_err(|error| wrong(format!("no JSON object: {error}")))?;
        let row = Row { line: at + 1, fields };
        if row.fields.contains_key("id") && row.text("id").is_none_or(|id| id.is_empty()) {
            return Err(wrong("\"id\" is neither a text nor a number".to_owned()));
        }
        if let Some(first) = ids.insert(row.id(), row.line) {
            return Err(wrong(format!("id \"{}\" is that of line {first}", row.id())));
        }
        if rows.len() == MOST_ROWS {
            return Err(wrong(format!("more than {MOST_ROWS} rows")));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(OwnTaskError::File { path: path.to_owned(), reason: "no rows".to_owned() });
    }
    Ok(rows)
}
