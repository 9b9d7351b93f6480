//! What is wrong with a task of one's own.

use std::path::PathBuf;

use crate::file::bounded::ReadError;

/// Why a task file cannot be used. Every fault names its file, and the line where it has one.
#[derive(Debug, thiserror::Error)]
pub enum OwnTaskError {
    /// A file cannot be read, or is larger than any of its kind.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line is not what it should be.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// A file as a whole.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
