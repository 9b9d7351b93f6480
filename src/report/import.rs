//! Output of llama-bench as a report: what it tells, and null with a reason for what it does not.

use std::path::Path;

use super::run::RunReport;
use fields::Test;

mod build;
pub mod command;
mod fields;
mod sql;

/// How llama-bench wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `-o json`.
    Json,
    /// `-o jsonl`.
    JsonLines,
    /// `-o sql`.
    Sql,
    /// `-o csv`.
    Csv,
}

impl Format {
    /// llama-bench's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Sql => "sql",
            Self::Csv => "csv",
        }
    }

    /// The format of a text that may be llama-bench's, by how it begins.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let begin: String = text.chars().take(8192).collect();
        if !begin.contains("build_commit") || begin.contains("\"run_id\"") {
            return None;
        }
        if text.starts_with('[') {
            Some(Self::Json)
        } else if text.starts_with('{') {
            Some(Self::JsonLines)
        } else if begin.contains("llama_bench") || begin.contains("INSERT INTO") {
            Some(Self::Sql)
        } else if begin.lines().next().is_some_and(|line| line.contains("build_commit") && line.contains(',')) {
            Some(Self::Csv)
        } else {
            None
        }
    }
}

/// The first line of a text that holds llama-bench's JSON behind something else: a log, or the table for people.
#[must_use]
pub fn before_json(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let other = !text.starts_with(['{', '[']) && text.contains("\"build_commit\":");
    text.lines().next().filter(|_| other)
}

/// Whether a text is llama-bench's table for people, which lacks what a report needs.
#[must_use]
pub fn is_markdown(text: &str) -> bool {
    text.lines().find(|line| line.starts_with('|')).is_some_and(|line| line.contains("test") && line.contains("t/s"))
}

/// What is wrong with the content.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The JSON itself.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Anything else, with its place.
    #[error("{0}")]
    Content(String),
}

/// Most tests of one file.
const MOST_TESTS: usize = 20_000;

/// Reads the tests of a text and makes a report of them; `path` gives it its name, `hash` is that of the file.
///
/// # Errors
/// The place and what was expected there.
pub(super) fn report(path: &Path, text: &str, format: Format, hash: &str) -> Result<RunReport, ImportError> {
    let records = match format {
        Format::Json => fields::of_json(text)?,
        Format::JsonLines => fields::of_lines(text)?,
        Format::Sql => sql::records(text).map_err(ImportError::Content)?,
        Format::Csv => fields::of_csv(text).map_err(ImportError::Content)?,
    };
    if records.is_empty() {
        return Err(ImportError::Content("no test of llama-bench in it".to_owned()));
    }
    if records.len() > MOST_TESTS {
        return Err(ImportError::Content(format!("{} tests, more than the {MOST_TESTS} that are read", records.len())));
    }
    let tests: Result<Vec<Test>, String> = records
        .iter()
        .enumerate()
        .map(|(at, record)| Test::of(record).map_err(|what| format!("test {}: {what}", at + 1)))
        .collect();
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    build::report(&tests.map_err(ImportError::Content)?, format, &name, hash).map_err(ImportError::Content)
}
