//! Reading files whole that must not be larger than they could sensibly be.
//!
//! The reading itself is bounded: a pipe or a device has no size to look at beforehand, and a file may grow.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system's reason.
    #[error("cannot read {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// More bytes than such a file has.
    #[error("{}: larger than {} MiB, which no file of its kind is", path.display(), most >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        most: u64,
    },
    /// It was to be text.
    #[error("{}: not text in UTF-8 (byte {at})", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Position of the first byte that is none, from 0.
        at: usize,
    },
}

impl ReadError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }
}

/// The bytes of a file of at most `most` bytes.
///
/// # Errors
/// [`ReadError`] names the file.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let io = |error| ReadError::Io { path: path.to_owned(), error };
    let file = File::open(path).map_err(io)?;
    let expected = file.metadata().map_or(0, |about| about.len()).min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    file.take(most + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge { path: path.to_owned(), most });
    }
    Ok(bytes)
}

/// The first bytes of a file, `most` or all.
///
/// # Errors
/// The file system's.
pub fn first(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file of at most `most` bytes.
///
/// # Errors
/// As [`bytes`], or bytes that are not UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String, ReadError> {
    utf8(path, bytes(path, most)?)
}

/// What was read of a file, as text.
///
/// # Errors
/// Bytes that are not UTF-8.
pub fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes)
        .map_err(|error| ReadError::NotText { path: path.to_owned(), at: error.utf8_error().valid_up_to() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(text(&path, 5).unwrap(), "12345");
        assert!(matches!(text(&path, 4), Err(ReadError::TooLarge { most: 4, .. })));
        assert_eq!((first(&path, 2).unwrap(), first(&path, 9).unwrap()), (b"12".to_vec(), b"12345".to_vec()));
        std::fs::write(&path, b"ab\xff").unwrap();
        assert!(matches!(text(&path, 9), Err(ReadError::NotText { at: 2, .. })));
        assert!(text(&folder.path().join("y"), 9).unwrap_err().is_not_found());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_end_is_refused_and_a_folder_is_an_error() {
        assert!(matches!(bytes(Path::new("/dev/zero"), 1 << 20), Err(ReadError::TooLarge { .. })));
        assert!(matches!(bytes(Path::new("/"), 1 << 20), Err(ReadError::Io { .. })));
    }
}
