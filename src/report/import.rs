//! Output of llama-bench as a report: what it tells, and null with a reason for what it does not.

use std::path::Path;

use super::run::RunReport;
use fields::Test;
pub use format::{Format, before_json, before_table, is_empty_run, is_markdown};
pub use mend::{Mended, mend};

mod build;
pub mod command;
mod fields;
mod format;
mod mend;
mod sql;

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

/// Reads the tests of a mended text and makes a report of them; `path` gives it its name, `hash` is that of the file.
///
/// # Errors
/// The place and what was expected there.
pub(super) fn report(path: &Path, mended: &Mended, format: Format, hash: &str) -> Result<RunReport, ImportError> {
    let text = mended.text.as_str();
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
    let mut report =
        build::report(&tests.map_err(ImportError::Content)?, format, &name, hash).map_err(ImportError::Content)?;
    if let Some(bench) = &mut report.bench {
        bench.notes.extend(mended.notes.iter().cloned());
    }
    Ok(report)
}
