//! Why a file could not be had.

use std::path::PathBuf;

use crate::model::cache;
use crate::unit::Bytes;

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not in the cache and the network must not be used.
    #[error("{file} is not in the cache ({}); run `densimeter models fetch` without --offline", path.display())]
    Offline {
        /// Name of the file.
        file: String,
        /// Where it would lie.
        path: PathBuf,
    },
    /// The binary was built without the network.
    #[error("{file}: this build cannot download (feature `download` is off); put the file at {}", path.display())]
    NoDownload {
        /// Name of the file.
        file: String,
        /// Where it would lie.
        path: PathBuf,
    },
    /// Every source failed.
    #[error("cannot fetch {file}: {}; check the network, or put the file at {}", reasons.join("; "), path.display())]
    AllFailed {
        /// Name of the file.
        file: String,
        /// Where it would lie.
        path: PathBuf,
        /// Each source with its reason, in order.
        reasons: Vec<String>,
    },
    /// The disk is too full.
    #[error("{}: {free} free, {needed} needed for {file}; make room or set DENSIMETER_CACHE", path.display())]
    NoSpace {
        /// Name of the file.
        file: String,
        /// Folder on the full disk.
        path: PathBuf,
        /// What is needed.
        needed: Bytes,
        /// What is free.
        free: Bytes,
    },
    /// The file in the cache is not the one the catalogue names.
    #[error("{}: SHA-256 is {found}, the catalogue says {expected}; delete the file and fetch it again", path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// Hash found.
        found: String,
        /// Hash expected.
        expected: String,
    },
    /// The cache could not be used.
    #[error(transparent)]
    Cache(#[from] cache::Error),
}
