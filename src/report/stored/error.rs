//! Why a file is no report that can be read, each with the way out.

use std::path::{Path, PathBuf};

use serde_json::error::Category;

use super::contradiction::Contradiction;
use crate::file::bounded::ReadError;
use crate::measure::journal::SCHEMA;

/// Why a stored report cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It cannot be read, is larger than any report or no text.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A folder without one.
    #[error("{}: no report.json in this folder; name a report or the folder of a run", .0.display())]
    NoReport(PathBuf),
    /// What `bench --url` wrote.
    #[error("{}: a bench of a server, which is no property of a device; it is complete as it is, and `engine/` beside it holds a report where --beside was given", .0.display())]
    OfServer(PathBuf),
    /// It holds nothing.
    #[error("{}: the file is empty: copy it again, or derive it anew from its run.jsonl with --resume", .0.display())]
    Empty(PathBuf),
    /// It ends in the middle.
    #[error("{}: cut off at line {line}: copy the file again, or derive it anew from its run.jsonl with --resume", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Line of the end.
        line: usize,
    },
    /// It is no JSON.
    #[error("{}: not JSON ({reason}); a report is the report.json of a run", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// Another kind of document.
    #[error("{}: not a report of densimeter ({found}); `densimeter run` and `densimeter bench` write one", path.display())]
    NotReport {
        /// The file.
        path: PathBuf,
        /// What it holds instead.
        found: String,
    },
    /// Text of two bytes a sign.
    #[error("{}: text in UTF-16, which PowerShell writes; give it in UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW`", .0.display())]
    Utf16(PathBuf),
    /// Output of llama-bench behind something else.
    #[error("{}: `{line}` stands before the JSON of llama-bench; redirect its stdout only: `llama-bench -o json > FILE`", path.display())]
    Preceded {
        /// The file.
        path: PathBuf,
        /// Its first line.
        line: String,
    },
    /// The same, before a table.
    #[error("{}: `{line}` stands before the CSV of llama-bench; redirect its stdout only: `llama-bench -o csv > FILE`", path.display())]
    PrecededTable {
        /// The file.
        path: PathBuf,
        /// Its first line.
        line: String,
    },
    /// Output of llama-bench that failed before its first test.
    #[error("{}: llama-bench wrote no test: it failed, and said why on stderr; run it again", .0.display())]
    NoTest(PathBuf),
    /// Output of llama-bench with something else in it.
    #[error("{}: not a whole output of llama-bench: {what}; write it anew, its stdout only: `llama-bench -o json > FILE`", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        what: String,
    },
    /// llama-bench's table for people.
    #[error("{}: a Markdown table holds neither repetitions nor files; run `llama-bench -o json > FILE` and give that file", .0.display())]
    Table(PathBuf),
    /// Of a later version of the program.
    #[error("{}: schema {found} is newer than this densimeter's {SCHEMA}; update densimeter", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// No version that there ever was.
    #[error("{}: no valid `schema` number (this densimeter reads {SCHEMA}); the file was changed by hand or is broken", path.display())]
    NoVersion {
        /// The file.
        path: PathBuf,
    },
    /// Its numbers contradict each other, or nature.
    #[error("{}: {found}; the file was changed by hand or is broken, its run.jsonl gives it anew with --resume", path.display())]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: Contradiction,
    },
    /// A part has another shape.
    #[error("{}: {what}; the file was changed by hand or is broken, its run.jsonl gives it anew with --resume", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        what: String,
    },
}

/// What the JSON reader found.
pub(super) fn fault(path: &Path, error: &serde_json::Error) -> StoredError {
    let path = path.to_owned();
    match error.classify() {
        Category::Eof => StoredError::Truncated { path, line: error.line() },
        Category::Data => StoredError::Content { path, what: cut(&error.to_string()) },
        Category::Syntax | Category::Io => StoredError::NotJson { path, reason: cut(&error.to_string()) },
    }
}

/// Text of the file inside a message: short, and without what steers a terminal.
pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    crate::sanitize::line(text, LONGEST)
}
