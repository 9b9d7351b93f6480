//! Whether a file is there already, and whether it is the right one.

use std::path::Path;

use super::error::Error;
use super::options::Options;
use super::progress::{Listener, Progress};
use crate::model::cache::{self, Cache};
use crate::model::catalog::CatalogFile;
use crate::model::source::Source;

/// The record of the file under its final name, if it is there.
pub(super) fn present(
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
pub(super) fn expected_hash(file: &CatalogFile, cache: &Cache) -> Result<Option<String>, cache::Error> {
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
