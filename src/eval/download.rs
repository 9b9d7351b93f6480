//! Fetches the benchmarks from where they were published, converts them and checks them against the pinned hashes. Where
//! that is, each task says itself.

use std::path::Path;

use super::data::{PINS, parse_pins};
use super::publication::Fetcher;
use super::tasks;

pub use super::publication::{DownloadError, Hosts};

/// Fetches what is missing for the tasks; `note` gets a line for each file on the way.
///
/// # Errors
/// A host that fails, or content that is not the pinned one. Nothing unchecked is left in the cache.
pub fn fetch(folder: &Path, tasks: &[String], hosts: &Hosts, note: &mut dyn FnMut(&str)) -> Result<(), DownloadError> {
    fetch_pinned(folder, tasks, hosts, PINS, note)
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
    note: &mut dyn FnMut(&str),
) -> Result<(), DownloadError> {
    let mut from = Fetcher { folder, hosts, pins: parse_pins(pins), note };
    for spec in tasks.iter().filter_map(|name| tasks::find(name)) {
        let missing = from.missing(spec.data);
        if !missing.is_empty() {
            (spec.fetch)(&mut from, &missing)?;
        }
    }
    Ok(())
}
