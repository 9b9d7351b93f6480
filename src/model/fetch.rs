//! Fetching a file: sources in order, resume, and no final name before the hash is right.

use std::path::Path;

use super::cache::{self, Cache};
use super::catalog::CatalogFile;

mod error;
#[cfg(feature = "download")]
mod failure;
#[cfg(feature = "download")]
mod hub;
mod options;
#[cfg(feature = "download")]
mod order;
mod present;
mod progress;
pub mod watched;

pub use error::Error;
pub use options::Options;
use present::present;
pub use progress::{Listener, Progress};

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
