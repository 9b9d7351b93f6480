//! Why published data could not be had, and what else a user can do.

use std::io;
use std::path::PathBuf;

use super::convert::ConvertError;

/// What else a user can do.
const WAY_OUT: &str =
    "check the network, or get the benchmark folder another way and name it with --data or in DENSIMETER_DATA";

/// Why one source gave no file.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The host did not answer as it should.
    #[error("{url}: {reason}")]
    Http {
        /// The address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// What came is not the published file.
    #[error("{url}: {source}")]
    Convert {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: ConvertError,
    },
    /// What came is another version.
    #[error(
        "{url}: gives {path} with SHA-256 {found}, not the pinned {expected} (the host changed it, or it was damaged on the way)"
    )]
    Hash {
        /// The address.
        url: String,
        /// The file of the layout.
        path: String,
        /// The pinned hash.
        expected: String,
        /// The hash found.
        found: String,
    },
    /// The cache cannot be written.
    #[error("{}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user asked for the end.
    #[error("interrupted")]
    Interrupted,
}

/// What stops a download.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No source gave the file.
    #[error("{}; {WAY_OUT}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Sources(Vec<SourceError>),
    /// The cache cannot be written.
    #[error("{}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user asked for the end.
    #[error("interrupted; what was fetched is kept: go on with the same command")]
    Interrupted,
}

impl From<SourceError> for DownloadError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Cache { path, source } => Self::Cache { path, source },
            SourceError::Interrupted => Self::Interrupted,
            other => Self::Sources(vec![other]),
        }
    }
}
