//! A file of the Hugging Face hub, resumed where an earlier try stopped.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::super::cache::at;
use super::super::catalog::CatalogFile;
use super::super::http::{self, Extent, Request, Response};
use super::super::source::HubFile;
use super::failure::{Failure, beside, discard};
use super::options::Options;
use super::progress::{Listener, Progress};
use crate::unit::Bytes;

/// Tries in a row that bring nothing new before the source is given up.
const FRUITLESS: u32 = 3;
/// Tries in all, against a server that gives a few bytes at a time.
const TRIES: u32 = 100;

/// Receives the file into `part`. `pinned` says that a hash will tell a mixed-up file from the right one;
/// without it, only a validator of the server allows what is there to be continued.
pub(super) fn receive(
    source: &HubFile,
    file: &CatalogFile,
    pinned: bool,
    part: &Path,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<PathBuf, Failure> {
    let url = source.address(&options.endpoint);
    let expected = file.bytes.map(Bytes::bytes);
    let etag_path = beside(part, ".etag");
    let (mut furthest, mut fruitless, mut reason) = (size(part), 0, String::new());
    for attempt in 0..TRIES {
        let etag = fs::read_to_string(&etag_path).ok();
        if size(part) > expected.unwrap_or(u64::MAX) || (size(part) > 0 && !pinned && etag.is_none()) {
            discard(part)?;
        }
        let from = size(part);
        if from > 0 && Some(from) == expected {
            return Ok(part.to_owned());
        }
        let extent = Extent::From(from, etag.as_deref());
        let request = Request { url: &url, token: options.token.as_deref(), extent };
        let step = http::get(&request)
            .map_err(Failure::from)
            .and_then(|response| write_body(response, from, expected, part, listener));
        match step {
            Ok(Step::Complete) => return Ok(part.to_owned()),
            Ok(Step::Cut(why)) => reason = why,
            Err(Failure::Http(why)) if attempt > 0 => reason = why.to_string(),
            Err(failure) => return Err(failure),
        }
        let now = size(part);
        fruitless = if now > furthest { 0 } else { fruitless + 1 };
        furthest = furthest.max(now);
        if fruitless >= FRUITLESS {
            break;
        }
        thread::sleep(Duration::from_millis(250));
    }
    Err(Failure::Cut { received: size(part), reason })
}

enum Step {
    Complete,
    Cut(String),
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |facts| facts.len())
}

fn write_body(
    mut response: Response,
    from: u64,
    expected: Option<u64>,
    part: &Path,
    listener: &mut Listener<'_>,
) -> Result<Step, Failure> {
    let (start, total) = match (response.status, response.range) {
        (206, Some((start, total))) if start == from => (from, Some(total)),
        // The server ignored the range, or the file is another one now: from the beginning.
        (200, _) => (0, response.length),
        (206, _) => return Err(Failure::Status("the server answered with another range than asked for")),
        (416, range) => {
            if range.is_some_and(|(_, total)| total == from) {
                return Ok(Step::Complete);
            }
            discard(part)?;
            return Ok(Step::Cut("the file there is shorter than the part received".to_owned()));
        }
        (401 | 403, _) => return Err(Failure::Status("access refused; accept the licence there and set HF_TOKEN")),
        (404, _) => return Err(Failure::Status("not found there")),
        (status, _) => return Err(Failure::OtherStatus(status)),
    };
    if let (Some(total), Some(expected)) = (total, expected)
        && total != expected
    {
        return Err(Failure::Size { found: total, expected });
    }
    let etag_path = beside(part, ".etag");
    match &response.etag {
        Some(etag) => fs::write(&etag_path, etag).map_err(at(&etag_path))?,
        None => drop(fs::remove_file(&etag_path)),
    }
    let mut out = File::options().create(true).append(true).open(part).map_err(at(part))?;
    out.set_len(start).map_err(at(part))?;
    let mut done = start;
    listener(Progress::Received { done, total });
    let end = loop {
        match response.next() {
            Ok(chunk) if chunk.is_empty() => break "the connection ended early".to_owned(),
            Ok(chunk) => {
                done += chunk.len() as u64;
                if total.or(expected).is_some_and(|total| done > total) {
                    return Err(Failure::Status("the server sends more than it announced"));
                }
                out.write_all(&chunk).map_err(at(part))?;
                listener(Progress::Received { done, total });
            }
            Err(error) => break error.to_string(),
        }
    };
    // Without an announced length, an end cannot be told from a cut: the hash decides.
    let complete = total.map_or(end.contains("ended early"), |total| done == total);
    Ok(if complete { Step::Complete } else { Step::Cut(end) })
}
