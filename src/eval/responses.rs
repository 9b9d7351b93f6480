//! Answers that were made elsewhere: JSON Lines with an id and a response.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::code_score::ItemId;
use crate::file::bounded::{self, ReadError};
use crate::file::digest::sha256_hex;

/// Most bytes of a file of answers.
const MOST_BYTES: u64 = 256 << 20;

/// Most bytes of one line.
const MOST_LINE: usize = 4 << 20;

/// A line of the file; further fields are passed over.
#[derive(Deserialize)]
struct Line {
    id: ItemId,
    response: String,
}

/// The answers of a file by the ids of their items.
#[derive(Debug)]
pub struct Responses {
    /// The file.
    pub file: PathBuf,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// The answers by id, each with its line from 1.
    pub by_id: BTreeMap<String, (usize, String)>,
}

/// Why answers could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ResponsesError {
    /// The file cannot be read, or is larger than any such file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line is no answer.
    #[error("{}:{line}: {reason}; each line is {{\"id\": …, \"response\": \"…\"}}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Two answers to one item.
    #[error("{}:{line}: a second answer to {id}, which line {first} answers; keep one of them", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line of the second one, from 1.
        line: usize,
        /// The item.
        id: String,
        /// The line of the first one, from 1.
        first: usize,
    },
    /// There is no line.
    #[error("{}: no answers", .0.display())]
    Empty(PathBuf),
}

impl Responses {
    /// Reads a file; empty lines are passed over.
    ///
    /// # Errors
    /// [`ResponsesError`].
    pub fn read(path: &Path) -> Result<Self, ResponsesError> {
        let text = bounded::text(path, MOST_BYTES)?;
        let mut by_id: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (at, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = at + 1;
            let wrong = |reason| ResponsesError::Line { path: path.to_owned(), line: number, reason };
            if line.len() > MOST_LINE {
                return Err(wrong(format!("longer than {} MiB", MOST_LINE >> 20)));
            }
            let Line { id, response } = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            let id = id.to_string();
            if let Some((first, _)) = by_id.get(&id) {
                return Err(ResponsesError::Twice { path: path.to_owned(), line: number, id, first: *first });
            }
            by_id.insert(id, (number, response));
        }
        if by_id.is_empty() {
            return Err(ResponsesError::Empty(path.to_owned()));
        }
        Ok(Self { file: path.to_owned(), sha256: sha256_hex(text.as_bytes()), by_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Responses, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.jsonl");
        std::fs::write(&path, text).unwrap();
        Responses::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn ids_are_texts_or_numbers() {
        let read =
            read("{\"id\": 11, \"response\": \"a\"}\n\n{\"id\": \"x/1\", \"response\": \"b\", \"model\": \"m\"}\n")
                .unwrap();
        assert_eq!(read.by_id["11"], (1, "a".to_owned()));
        assert_eq!(read.by_id["x/1"], (3, "b".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let error = read("{\"id\": 1, \"response\": \"a\"}\n{\"id\": 2}\n").unwrap_err();
        assert!(error.contains("answers.jsonl:2:") && error.contains("response"), "{error}");
        let error = read("{\"id\": 1, \"response\": \"a\"}\n{\"id\": \"1\", \"response\": \"b\"}\n").unwrap_err();
        assert!(error.contains("answers.jsonl:2:") && error.contains("line 1"), "{error}");
        assert!(read("\n").unwrap_err().contains("no answers"));
        let long = format!("{{\"id\": 1, \"response\": \"{}\"}}", "a".repeat(MOST_LINE));
        assert!(read(&long).unwrap_err().contains(":1: longer than 4 MiB"));
    }
}
