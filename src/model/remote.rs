//! A file on a server of which only the parts that are needed are fetched.
//!
//! They lie where they belong in a file with holes; a list beside it says which are there, so that the next try goes on
//! where this one stopped. A server that knows no ranges sends the file from its beginning; then all of it is kept.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::byte_parts::{gaps, joined};
use super::http::{self, Extent, Request};
use crate::observer::{Counted, Observer};

/// Bytes beyond which a file is refused.
const MOST: u64 = 1 << 30;
/// After so many bytes the list is brought up to date.
const STEP: u64 = 1 << 20;
/// Tries in a row that bring nothing new before the server is given up.
const FRUITLESS: u32 = 3;
/// Tries in all, against a server that gives a few bytes at a time.
const TRIES: u32 = 100;

/// Why a part could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No answer.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// An answer without the file.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// An answer that is none to the question.
    #[error("the server {0}")]
    Answer(&'static str),
    /// The connection was lost, again and again.
    #[error("connection lost after {received} bytes ({reason}); run it again to resume")]
    Cut {
        /// Bytes of the file that are there now.
        received: u64,
        /// What ended it.
        reason: String,
    },
    /// The disk.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user asked for the end.
    #[error("interrupted")]
    Interrupted,
}

/// The file, as far as it is here.
pub(super) struct Remote {
    url: String,
    path: PathBuf,
    file: File,
    length: u64,
    /// The parts that are here: in order, and never touching.
    here: Vec<Range<u64>>,
}

impl Remote {
    /// Opens the file at the address, and fetches its last bytes. What an earlier try left at `path` is used.
    pub(super) fn open(url: &str, path: &Path, last: u64, observer: &dyn Observer) -> Result<Self, Error> {
        let (length, here) = kept(path).unwrap_or_default();
        let at = |source| Error::Disk { path: path.to_owned(), source };
        if length == 0 {
            discard(path).map_err(at)?;
        }
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(at)?;
        let mut remote = Self { url: url.to_owned(), path: path.to_owned(), file, length, here };
        if length == 0 {
            let mut first = remote.receive(Extent::Last(last), observer);
            if let Err(Error::Status(400 | 416 | 501)) = first {
                // Some servers count from the beginning only: the answer about the first byte tells the length.
                first = remote.receive(Extent::Between(0, 1), observer);
            }
            match first {
                // Once the length is known, the rest can be asked for as every part is.
                Err(Error::Cut { .. }) if remote.length > 0 => {}
                Err(error) if remote.length == 0 => {
                    remote.discard();
                    return Err(error);
                }
                other => other?,
            }
        }
        let end = remote.length.saturating_sub(last)..remote.length;
        remote.need(std::slice::from_ref(&end), observer)?;
        Ok(remote)
    }

    /// Bytes of the whole file.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Some of its bytes, which were fetched before.
    pub(super) fn bytes(&mut self, part: Range<u64>) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut read = || {
            self.file.seek(SeekFrom::Start(part.start))?;
            (&self.file).take(part.end.saturating_sub(part.start)).read_to_end(&mut bytes)
        };
        read().map_err(|source| Error::Disk { path: self.path.clone(), source })?;
        Ok(bytes)
    }

    /// Fetches those of the parts that are not here; what lies beyond the file's end is nowhere.
    pub(super) fn need(&mut self, parts: &[Range<u64>], observer: &dyn Observer) -> Result<(), Error> {
        let parts: Vec<_> = parts.iter().map(|part| part.start..part.end.min(self.length)).collect();
        let mut fruitless = 0;
        for _ in 0..TRIES {
            let Some(gap) = gaps(&parts, &self.here).into_iter().next() else { return Ok(()) };
            let before = self.received();
            match self.receive(Extent::Between(gap.start, gap.end), observer) {
                Ok(()) => continue,
                Err(error @ (Error::Cut { .. } | Error::Http(_))) => {
                    fruitless = if self.received() > before { 0 } else { fruitless + 1 };
                    if fruitless >= FRUITLESS {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
            thread::sleep(Duration::from_millis(250));
        }
        Err(Error::Cut { received: self.received(), reason: format!("{TRIES} times") })
    }

    /// Removes what is here.
    pub(super) fn discard(self) {
        let _ = discard(&self.path);
    }

    fn received(&self) -> u64 {
        self.here.iter().map(|part| part.end - part.start).sum()
    }

    /// One request, and its answer written to its place.
    fn receive(&mut self, extent: Extent<'_>, observer: &dyn Observer) -> Result<(), Error> {
        let mut response = http::get(&Request { url: &self.url, token: None, extent })?;
        let (start, end) = match (response.status, response.range, extent) {
            (206, Some((first, total)), Extent::Between(start, end)) if first == start => (start, end.min(total)),
            (206, Some((first, total)), Extent::Last(count)) if first == total.saturating_sub(count) => (first, total),
            (206, ..) => return Err(Error::Answer("answered with another range than asked for")),
            (200, ..) => (0, response.length.ok_or(Error::Answer("names no length"))?),
            (status, ..) => return Err(Error::Status(status)),
        };
        self.set_length(response.range.map_or(end, |(_, total)| total))?;
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Disk { path, source }
        };
        self.file.seek(SeekFrom::Start(start)).map_err(at(&self.path))?;
        let bar = observer.bar("fetching", Some(end - start), Counted::Bytes);
        let (mut done, mut listed) = (start, start);
        let ended = loop {
            if done == end {
                break Ok(());
            }
            if observer.interrupted() {
                break Err(Error::Interrupted);
            }
            let lost = |reason| Err(Error::Cut { received: 0, reason });
            let chunk = match response.next() {
                Ok(chunk) if chunk.is_empty() => break lost("it ended early".to_owned()),
                Ok(chunk) => chunk,
                Err(error) => break lost(error.to_string()),
            };
            let fits = chunk.len().min(usize::try_from(end - done).unwrap_or(usize::MAX));
            self.file.write_all(&chunk[..fits]).map_err(at(&self.path))?;
            done += fits as u64;
            bar.position(done - start);
            if done - listed >= STEP {
                self.list(listed..done).map_err(at(&self.path))?;
                listed = done;
            }
        };
        self.list(listed..done).map_err(at(&self.path))?;
        bar.finish();
        match ended {
            Err(Error::Cut { reason, .. }) => Err(Error::Cut { received: self.received(), reason }),
            other => other,
        }
    }

    fn set_length(&mut self, length: u64) -> Result<(), Error> {
        if length == self.length {
            return Ok(());
        }
        if self.length > 0 {
            // What was kept belongs to another file: the next try begins anew.
            let _ = discard(&self.path);
            return Err(Error::Answer("has another file there than before; run it again"));
        }
        if length > MOST {
            return Err(Error::Answer("has a file there that is too large to be a wheel"));
        }
        self.length = length;
        let begin = || {
            self.file.set_len(length)?;
            fs::write(list_of(&self.path), format!("length {length}"))
        };
        begin().map_err(|source| Error::Disk { path: self.path.clone(), source })
    }

    /// Notes that a part is here now. Of a line that a crash cut short, what is left names fewer bytes or none.
    fn list(&mut self, part: Range<u64>) -> io::Result<()> {
        if part.is_empty() {
            return Ok(());
        }
        write!(File::options().append(true).open(list_of(&self.path))?, "\n{} {}", part.start, part.end)?;
        self.here.push(part);
        self.here = joined(std::mem::take(&mut self.here), 0);
        Ok(())
    }
}

fn list_of(path: &Path) -> PathBuf {
    path.with_added_extension("list")
}

/// What the list of an earlier try names: length and parts.
fn kept(path: &Path) -> Option<(u64, Vec<Range<u64>>)> {
    let list = fs::read_to_string(list_of(path)).ok()?;
    let mut lines = list.lines();
    let length = lines.next()?.strip_prefix("length ")?.parse().ok()?;
    let part = |line: &str| {
        let (start, end) = line.split_once(' ')?;
        Some(start.parse().ok()?..end.parse().ok()?)
    };
    let parts = lines.filter_map(part).filter(|part| part.start < part.end && part.end <= length).collect();
    (length > 0 && fs::metadata(path).ok()?.len() == length).then(|| (length, joined(parts, 0)))
}

fn discard(path: &Path) -> io::Result<()> {
    for path in [list_of(path), path.to_owned()] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_a_crash_cut_names_no_byte_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w");
        fs::write(&path, [0; 100]).unwrap();
        let list = "length 100\n0 10\n10 20\n90 100";
        for cut in 0..=list.len() {
            fs::write(list_of(&path), &list[..cut]).unwrap();
            for part in kept(&path).unwrap_or_default().1 {
                assert!(part.end <= 20 || (part.start >= 90 && part.end <= 100), "{part:?} of {}", &list[..cut]);
            }
        }
        assert_eq!(kept(&path), Some((100, vec![0..20, 90..100])));
        fs::write(&path, [0; 99]).unwrap();
        assert_eq!(kept(&path), None);
    }
}
