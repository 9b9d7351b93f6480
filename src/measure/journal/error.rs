//! Why a journal cannot be used.

use std::io;
use std::path::PathBuf;

use super::entry::SCHEMA;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// The folder cannot be made or written.
    #[error("{}: cannot hold a run ({error}); give another folder with -o", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// Somebody else writes it.
    #[error("{}: another densimeter is writing this journal; wait for it, or give another folder with -o", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// A line is not of this format.
    #[error("{}: line {line} is not a journal entry: {reason}", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// It was written by a newer densimeter.
    #[error("{}: schema {found} is newer than this densimeter's {SCHEMA}; update densimeter", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its schema.
        found: u32,
    },
}
