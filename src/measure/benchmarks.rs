//! Where the benchmarks lie: a folder of the user, or the cache, filled where it must be.

use std::path::{Path, PathBuf};

use crate::eval::plan::Questions;
use crate::observer::Observer;

/// Names the folder with the benchmarks where nobody else does.
const FOLDER: &str = "DENSIMETER_DATA";

/// Why there are no benchmarks.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarksError {
    /// This build cannot download.
    #[error("this build cannot download; give the folder with the benchmarks with --data")]
    NoDownload,
    /// The platform names no home.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Home(#[from] etcetera::HomeDirError),
    /// They cannot be fetched.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Download(#[from] crate::eval::download::DownloadError),
}

/// The benchmarks of some tasks: those of a folder, given or in the environment, or of the cache, filled where it must
/// be.
///
/// # Errors
/// [`BenchmarksError`].
pub fn benchmarks(
    folder: Option<&Path>,
    unpinned: bool,
    tasks: &[String],
    offline: bool,
    observer: &dyn Observer,
) -> Result<Questions, BenchmarksError> {
    let named = std::env::var_os(FOLDER).map(PathBuf::from);
    let (folder, pinned) = match folder.map(Path::to_owned).or(named) {
        Some(folder) => (folder, !unpinned),
        None => (cached(tasks, offline, observer)?, true),
    };
    Ok(Questions::Benchmarks { folder, pinned })
}

#[cfg(feature = "download")]
fn cached(tasks: &[String], offline: bool, observer: &dyn Observer) -> Result<PathBuf, BenchmarksError> {
    use crate::eval::download::{Hosts, fetch};
    use etcetera::BaseStrategy;
    let folder = etcetera::choose_base_strategy()?.cache_dir().join("densimeter/bench");
    if !offline {
        fetch(&folder, tasks, &Hosts::from_environment(), observer)?;
    }
    Ok(folder)
}

#[cfg(not(feature = "download"))]
fn cached(_tasks: &[String], _offline: bool, _observer: &dyn Observer) -> Result<PathBuf, BenchmarksError> {
    Err(BenchmarksError::NoDownload)
}
