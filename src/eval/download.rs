//! Fetches the benchmarks from where they were published, converts them and checks them against the pinned hashes. Where
//! that is, each task says itself.

use std::path::Path;

use super::data::{PINS, parse_pins};
use super::publication::Fetcher;
use super::tasks;
use crate::file::lock::{self, Attempt, LockedFile};
use crate::observer::Observer;

pub use super::publication::{DownloadError, Hosts, SourceError};

/// Fetches what is missing for the tasks; the observer gets a line for each source, and a bar over its bytes.
///
/// # Errors
/// Sources that fail, or content that is not the pinned one. Nothing unchecked is left among the benchmarks.
pub fn fetch(folder: &Path, tasks: &[String], hosts: &Hosts, observer: &dyn Observer) -> Result<(), DownloadError> {
    fetch_pinned(folder, tasks, hosts, PINS, observer)
}

/// As [`fetch`], with other pins (for content of one's own).
///
/// # Errors
/// As [`fetch`].
pub fn fetch_pinned(
    folder: &Path,
    tasks: &[String],
    hosts: &Hosts,
    pins: &str,
    observer: &dyn Observer,
) -> Result<(), DownloadError> {
    let mut from = Fetcher::new(folder, hosts, parse_pins(pins), observer);
    let specs: Vec<_> = tasks.iter().filter_map(|name| tasks::find(name)).collect();
    if specs.iter().all(|spec| from.missing(spec.data).is_empty()) {
        return Ok(());
    }
    let _lock = lock(folder, observer)?;
    for spec in specs {
        // Another process, or a task that shares the files, may have fetched them meanwhile.
        let missing = from.missing(spec.data);
        if !missing.is_empty() {
            (spec.fetch)(&mut from, &missing)?;
        }
    }
    from.tidy();
    Ok(())
}

/// One process fills the cache at a time.
fn lock(folder: &Path, observer: &dyn Observer) -> Result<LockedFile, DownloadError> {
    let path = folder.join(".lock");
    let hold = || {
        std::fs::create_dir_all(folder)?;
        match LockedFile::attempt(lock::open(&path)?)? {
            Attempt::Held(held) => Ok(held),
            Attempt::Taken(file) => {
                observer.note("another process is fetching benchmarks; waiting for it");
                LockedFile::wait(file)
            }
        }
    };
    hold().map_err(|source| DownloadError::Cache { path: path.clone(), source })
}
