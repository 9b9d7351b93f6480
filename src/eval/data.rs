//! The benchmark files: JSON Lines (some gzip), read with bounds and checked against pinned hashes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;

use crate::file::digest::sha256_hex;

/// Uncompressed bytes beyond which a file is refused; the largest pinned one has 8.3 MB.
const MOST_BYTES: u64 = 256 << 20;

/// What is wrong with the data.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// No such task.
    #[error("'{name}' is not a task ({known})")]
    UnknownTask {
        /// What was asked for.
        name: String,
        /// The tasks there are.
        known: String,
    },
    /// A file of the layout is missing.
    #[error("{}: not found; give the benchmark folder with --data, or let densimeter download it (without --offline)", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any benchmark file can be.
    #[error("{}: more than {} MiB uncompressed; this is not a benchmark file", .0.display(), MOST_BYTES >> 20)]
    TooLarge(PathBuf),
    /// A line does not have the fields of the layout.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number from 1.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// The content is not the pinned one.
    #[error("{}: SHA-256 of the uncompressed content is {found}, not {expected}; the file is damaged or another version (fetch it again, name other data with --data, or take it as it is with --unpinned-data)", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// The pinned hash, in hexadecimal.
        expected: String,
        /// The hash found.
        found: String,
    },
    /// Rows refer to something that is not there.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
}

/// A file of the layout with the SHA-256 of its uncompressed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Path in the layout, without `.gz`.
    pub path: String,
    /// Lower-case hexadecimal SHA-256 of the uncompressed content.
    pub sha256: String,
}

/// The pinned files of the benchmarks: `sha256  path` a line, as `sha256sum` writes it.
pub const PINS: &str = include_str!("pins.sha256");

/// Reads a list of pins.
#[must_use]
pub fn parse_pins(text: &str) -> Vec<Pin> {
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sha256, path)| Pin { path: path.trim().to_owned(), sha256: sha256.to_owned() })
        .collect()
}

/// A folder with benchmark files.
#[derive(Debug, Clone)]
pub struct Benchmarks {
    root: PathBuf,
    pins: Option<Vec<Pin>>,
}

impl Benchmarks {
    /// A folder whose files must have the pinned content.
    #[must_use]
    pub fn pinned(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), pins: Some(parse_pins(PINS)) }
    }

    /// A folder whose files are taken as they are (data of one's own in the same layout).
    #[must_use]
    pub fn unpinned(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), pins: None }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The uncompressed content of a file, plain or with `.gz` appended to its name.
    ///
    /// # Errors
    /// A missing, unreadable, oversized or (for a pinned folder) different file.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, DataError> {
        let plain = self.root.join(name);
        let gzip = self.root.join(format!("{name}.gz"));
        let (path, compressed) = match (plain.is_file(), gzip.is_file()) {
            (true, _) => (plain, false),
            (false, true) => (gzip, true),
            (false, false) => return Err(DataError::Missing(plain)),
        };
        let fault = |source| DataError::Read { path: path.clone(), source };
        let file = BufReader::new(File::open(&path).map_err(fault)?);
        let mut content = Vec::new();
        let mut read = |from: &mut dyn Read| from.take(MOST_BYTES + 1).read_to_end(&mut content);
        if compressed { read(&mut GzDecoder::new(file)) } else { read(&mut { file }) }.map_err(fault)?;
        if content.len() as u64 > MOST_BYTES {
            return Err(DataError::TooLarge(path));
        }
        if let Some(pins) = &self.pins {
            let found = sha256_hex(&content);
            let expected = pins.iter().find(|pin| pin.path == name).map_or("(no pin)", |pin| &pin.sha256);
            if found != expected {
                return Err(DataError::Hash { path, expected: expected.to_owned(), found });
            }
        }
        Ok(content)
    }

    /// A text file.
    ///
    /// # Errors
    /// As [`Benchmarks::read`], or bytes that are not UTF-8.
    pub fn text(&self, name: &str) -> Result<String, DataError> {
        String::from_utf8(self.read(name)?).map_err(|error| DataError::Content {
            path: self.root.join(name),
            reason: format!("not UTF-8 after byte {}", error.utf8_error().valid_up_to()),
        })
    }

    /// The rows of a JSON Lines file.
    ///
    /// # Errors
    /// As [`Benchmarks::read`], or a line that does not have the fields of `T`.
    pub fn rows<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, DataError> {
        let text = self.text(name)?;
        let rows: Vec<T> = text
            .split_terminator('\n')
            .enumerate()
            .map(|(at, line)| {
                serde_json::from_str(line).map_err(|error| DataError::Line {
                    path: self.root.join(name),
                    line: at + 1,
                    reason: error.to_string(),
                })
            })
            .collect::<Result<_, _>>()?;
        if rows.is_empty() {
            return Err(DataError::Content { path: self.root.join(name), reason: "no rows".to_owned() });
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn every_file_of_the_layout_is_pinned() {
        let pins = parse_pins(PINS);
        assert_eq!(pins.len(), 8 + 27 + 2 * 7 + 2);
        assert!(pins.iter().all(|pin| pin.sha256.len() == 64 && pin.sha256.bytes().all(|b| b.is_ascii_hexdigit())));
    }

    #[test]
    fn gzip_is_read_and_another_content_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("math")).unwrap();
        let path = folder.path().join("math/test.jsonl.gz");
        let mut gzip = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        gzip.write_all(b"{\"a\":1}\n{\"a\":2}\n").unwrap();
        gzip.finish().unwrap();
        let rows: Vec<serde_json::Value> = Benchmarks::unpinned(folder.path()).rows("math/test.jsonl").unwrap();
        assert_eq!(rows.len(), 2);
        let refused = Benchmarks::pinned(folder.path()).read("math/test.jsonl").unwrap_err();
        assert!(matches!(refused, DataError::Hash { .. }), "{refused}");
        let cut = std::fs::read(&path).unwrap();
        std::fs::write(&path, &cut[..cut.len() - 9]).unwrap();
        let refused = Benchmarks::unpinned(folder.path()).read("math/test.jsonl").unwrap_err();
        assert!(matches!(refused, DataError::Read { .. }), "{refused}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.jsonl"), "1\n\"two\"\n").unwrap();
        let error = Benchmarks::unpinned(folder.path()).rows::<u32>("x.jsonl").unwrap_err().to_string();
        assert!(error.contains("x.jsonl:2:"), "{error}");
    }
}
