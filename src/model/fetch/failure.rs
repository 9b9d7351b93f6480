//! Why one source gave no file, and what it leaves beside the place of the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::model::cache::{self, at};
use crate::model::{gguf, http, pip};

/// Why one source gave no file; the next is tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Http(#[from] http::Error),
    #[error("{0}")]
    Status(&'static str),
    #[error("HTTP status {0}")]
    OtherStatus(u16),
    #[error("the file there has {found} bytes, {expected} expected")]
    Size { found: u64, expected: u64 },
    #[error("connection lost after {received} bytes ({reason}); run it again to resume")]
    Cut { received: u64, reason: String },
    #[error("wrong SHA-256 {found}, {expected} expected; the download was deleted")]
    WrongHash { found: String, expected: String },
    #[error("{0}; the download was deleted")]
    NotGguf(gguf::Problem),
    #[error("{0}")]
    Pip(#[from] pip::Error),
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

/// The path with this ending added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Removes what was received, and the validator beside it.
pub(super) fn discard(path: &Path) -> Result<(), cache::Error> {
    let _ = fs::remove_file(beside(path, ".etag"));
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}
