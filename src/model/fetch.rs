//! Fetching a file: sources in order, resume, and no final name before the hash is right.

use std::path::{Path, PathBuf};

use super::cache::{self, Cache};
use super::catalog::CatalogFile;
use super::source::Source;
use crate::unit::Bytes;

#[cfg(feature = "download")]
mod hub;
#[cfg(feature = "download")]
mod order;
pub mod watched;

/// How to fetch.
#[derive(Debug, Clone)]
pub struct Options {
    /// Take only what the cache holds.
    pub offline: bool,
    /// Read files that are there again in full, instead of trusting size and time of change.
    pub verify: bool,
    /// Address of the Hugging Face hub, without a final slash.
    pub endpoint: String,
    /// Token sent to that address and nowhere else.
    pub token: Option<String>,
}

impl Options {
    /// Settings of the environment: `HF_ENDPOINT` and `HF_TOKEN`.
    #[must_use]
    pub fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self {
            offline: false,
            verify: false,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: set("HF_TOKEN"),
        }
    }
}

/// What happens meanwhile. Rates and times are for the listener to take: nothing here reads a clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// A source is tried.
    Trying {
        /// Name of the file.
        file: &'a str,
        /// The source.
        source: &'a Source,
    },
    /// Bytes of the file that are on the disk, of how many where that is known.
    Received {
        /// Bytes there.
        done: u64,
        /// Bytes wanted.
        total: Option<u64>,
    },
    /// The file is read to check its hash.
    Verifying {
        /// Bytes read.
        done: u64,
        /// Size of the file.
        total: u64,
    },
    /// Something the user must hear of.
    Warning(&'a str),
}

/// Hears of progress.
pub type Listener<'a> = dyn FnMut(Progress<'_>) + 'a;

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

/// Makes sure that `file` lies at `target` and is the right one; fetches it where it does not.
///
/// # Errors
/// [`Error`]; nothing is left under the final name then, and what was received stays for the next try.
pub fn fetch(
    file: &CatalogFile,
    target: &Path,
    cache: &Cache,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<cache::Record, Error> {
    if let Some(record) = present(file, target, cache, options, listener)? {
        return Ok(record);
    }
    if options.offline {
        return Err(Error::Offline { file: file.name.clone(), path: target.to_owned() });
    }
    download(file, target, cache, options, listener)
}

/// The record of the file under its final name, if it is there.
fn present(
    file: &CatalogFile,
    target: &Path,
    cache: &Cache,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<Option<cache::Record>, Error> {
    if !target.is_file() {
        return Ok(None);
    }
    let total = target.metadata().map_or(0, |facts| facts.len());
    let mut on_read = |done| listener(Progress::Verifying { done, total });
    let record =
        if options.verify { cache.read_sha256(target, &mut on_read)? } else { cache.sha256(target, &mut on_read)? };
    let expected = expected_hash(file, cache)?;
    match expected {
        Some(expected) if expected != record.sha256 => {
            Err(Error::WrongHash { path: target.to_owned(), found: record.sha256, expected })
        }
        _ => {
            cache.remember(target, &record);
            Ok(Some(record))
        }
    }
}

/// The published hash, or else the one recorded when the file first came from one of its sources.
fn expected_hash(file: &CatalogFile, cache: &Cache) -> Result<Option<String>, cache::Error> {
    if file.sha256.is_some() {
        return Ok(file.sha256.clone());
    }
    for source in &file.sources {
        if let Source::Hub(source) = source
            && let Some(pin) = cache.pin(source)?
        {
            return Ok(Some(pin.sha256));
        }
    }
    Ok(None)
}

#[cfg(feature = "download")]
use order::download;

#[cfg(not(feature = "download"))]
fn download(
    file: &CatalogFile,
    target: &Path,
    _: &Cache,
    _: &Options,
    _: &mut Listener<'_>,
) -> Result<cache::Record, Error> {
    Err(Error::NoDownload { file: file.name.clone(), path: target.to_owned() })
}
