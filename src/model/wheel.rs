//! Members of a Python package's wheel, without Python: of a wheel on an index only the directory and the members asked
//! for are fetched. Where the index cannot be used so, the user's own pip may know another, or the way there.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::http::shown;
use super::remote::{self, Remote};
use super::source::Package;
use super::{package_index, pip};
use crate::observer::{Counted, Observer};

/// Bytes at the end in which the directory of a usual wheel lies.
const LAST: u64 = 128 << 10;
/// What the end of an archive's directory begins with, and how long it is at least.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);

/// Why a wheel gave no member.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The index names no wheel.
    #[error(transparent)]
    Index(#[from] package_index::Error),
    /// The wheel could not be fetched.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// The index failed, and then pip.
    #[error("{index}; {pip}")]
    Pip {
        /// Why the index gave nothing.
        index: Box<Error>,
        /// Why pip gave nothing.
        pip: String,
    },
    /// It is not what it was when this program was written.
    #[error("{0}")]
    Content(String),
    /// The disk.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether the user asked for the end.
    pub(crate) const fn interrupted(&self) -> bool {
        matches!(self, Self::Remote(remote::Error::Interrupted))
    }

    /// Whether what was received is of no use to the next try.
    pub(crate) const fn spoilt(&self) -> bool {
        matches!(self, Self::Content(_))
    }
}

/// An open wheel.
pub(crate) struct Wheel {
    archive: zip::ZipArchive<File>,
    /// Where the rest of it is; none if all of it is here.
    remote: Option<Remote>,
    work: PathBuf,
}

impl Wheel {
    /// Opens the package's wheel at the index, else as pip gives it, if pip may be asked. What is received lies in the
    /// folder `work`.
    pub(crate) fn open(
        package: &Package,
        index: &str,
        ask_pip: bool,
        work: &Path,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        fs::create_dir_all(work).map_err(|source| Error::Disk { path: work.to_owned(), source })?;
        observer.note(&format!("fetching {} from {}", named(package), shown(index)));
        match Self::of_index(package, index, work, observer) {
            Err(first @ (Error::Index(_) | Error::Remote(_))) if ask_pip && !first.interrupted() => {
                observer.note(&format!("fetching {} with pip, because {}: {first}", named(package), shown(index)));
                Self::of_pip(package, work, observer)
                    .map_err(|error| Error::Pip { index: Box::new(first), pip: error.to_string() })
            }
            other => other,
        }
    }

    fn of_index(package: &Package, index: &str, work: &Path, observer: &dyn Observer) -> Result<Self, Error> {
        let url = package_index::address(index, package)?;
        let path = work.join(format!("{}-{}.part", package.name, package.version));
        let mut remote = Remote::open(&url, &path, LAST, observer)?;
        let directory = directory(&mut remote)?;
        if let Some(directory) = directory {
            remote.need(&[directory], observer)?;
            let file = File::open(&path).map_err(|source| Error::Disk { path: path.clone(), source })?;
            if let Ok(archive) = zip::ZipArchive::new(file) {
                return Ok(Self { archive, remote: Some(remote), work: work.to_owned() });
            }
        }
        remote.discard();
        Err(Error::Content(format!("what the index serves as {} is no zip archive", named(package))))
    }

    fn of_pip(package: &Package, work: &Path, observer: &dyn Observer) -> Result<Self, Error> {
        let work = work.join("pip");
        let bar = observer.bar("fetching", None, Counted::Bytes);
        let path = pip::wheel(package, &work, &mut |bytes| bar.position(bytes))
            .map_err(|error| Error::Content(error.to_string()))?;
        Self::of_file(&path, &format!("what pip gives as {}", named(package)), work)
    }

    /// A wheel that is here; `what` it is called in errors.
    pub(crate) fn of_file(path: &Path, what: &str, work: PathBuf) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::Disk { path: path.to_owned(), source })?;
        let archive =
            zip::ZipArchive::new(file).map_err(|error| Error::Content(format!("{what} is no zip archive: {error}")))?;
        Ok(Self { archive, remote: None, work })
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect()
    }

    /// Sees to it that these members are here.
    pub(crate) fn need(&mut self, members: &[String], observer: &dyn Observer) -> Result<(), Error> {
        let starts: Vec<u64> = (0..self.archive.len())
            .filter_map(|at| Some(self.archive.by_index_data(at).ok()?.header_start()))
            .chain([self.archive.central_directory_start()])
            .collect();
        let mut parts = Vec::new();
        for member in members {
            let at = self.archive.index_for_name(member).ok_or_else(|| absent(member))?;
            let start = self.archive.by_index_data(at).map_err(|_| absent(member))?.header_start();
            // Up to what follows it: how long the header before its bytes is stands nowhere else.
            let end = starts.iter().filter(|next| **next > start).min().copied().unwrap_or(start);
            parts.push(start..end);
        }
        self.remote.as_mut().map_or(Ok(()), |remote| Ok(remote.need(&parts, observer)?))
    }

    /// A member that is here, unpacked as it is read: of at most `most` bytes.
    pub(crate) fn read(&mut self, member: &str, most: u64) -> Result<impl Read + '_, Error> {
        let entry = self.archive.by_name(member).map_err(|error| match error {
            zip::result::ZipError::FileNotFound => absent(member),
            error => Error::Content(format!("{member}: {error}")),
        })?;
        let size = entry.size();
        if size > most {
            return Err(Error::Content(format!("{member}: has {size} bytes, more than the {most} expected")));
        }
        // One more than it says, so that its end is reached and its checksum looked at.
        Ok(entry.take(size + 1))
    }

    /// Removes what was received.
    pub(crate) fn discard(self) {
        match self.remote {
            Some(remote) => remote.discard(),
            None => drop(pip::clear(&self.work)),
        }
    }
}

fn named(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

fn absent(member: &str) -> Error {
    Error::Content(format!("has no member {member}"))
}

/// Where the directory of the archive is, up to the end of the file; none if the file does not end as an archive.
fn directory(remote: &mut Remote) -> Result<Option<Range<u64>>, Error> {
    let length = remote.length();
    let last = remote.bytes(length.saturating_sub(LAST)..length)?;
    let (mark, size) = END;
    let at = last.windows(size).rposition(|end| end.starts_with(mark));
    let start = at.and_then(|at| last[at + 16..at + 20].try_into().ok()).map(u32::from_le_bytes);
    Ok(match start {
        // Beyond 4 GiB or 65 535 members it stands elsewhere; no wheel of ours is like that.
        Some(u32::MAX) | None => None,
        Some(start) => Some(u64::from(start)..length),
    })
}
