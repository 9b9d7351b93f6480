//! The folder of fetched files, what is recorded of each, and the hashes trusted on first use.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::source::HubFile;
use crate::file::atomic;
use crate::file::digest::{sha256_hex, sha256_of};
use crate::file::lock::{self, Attempt, LockedFile};
use crate::unit::Bytes;

/// The cache could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct Error {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub error: io::Error,
}

/// Names the path in an error of the system.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    |error| Error { path: path.to_owned(), error }
}

/// What is known of a file on this disk. It holds as long as size and time of change are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Size.
    pub bytes: Bytes,
    /// Time of change, in nanoseconds since 1970.
    pub modified_ns: u128,
}

/// A hash recorded at the first download of a file whose hash nobody published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// SHA-256 of what came first.
    pub sha256: String,
    /// Its size.
    pub bytes: Bytes,
    /// When it came.
    pub recorded: jiff::Timestamp,
}

/// The folder of fetched files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$DENSIMETER_CACHE`, or `densimeter` in the platform's cache directory.
    ///
    /// # Errors
    /// Where no home directory is known.
    pub fn of_this_user() -> Result<Self, Error> {
        use etcetera::BaseStrategy;
        if let Some(root) = std::env::var_os("DENSIMETER_CACHE").filter(|root| !root.is_empty()) {
            return Ok(Self { root: PathBuf::from(root) });
        }
        let strategy = etcetera::choose_base_strategy().map_err(|_| Error {
            path: PathBuf::from("cache"),
            error: io::Error::new(io::ErrorKind::NotFound, "no home directory is known; set DENSIMETER_CACHE"),
        })?;
        Ok(Self { root: strategy.cache_dir().join("densimeter") })
    }

    /// The cache in this folder.
    #[must_use]
    pub fn in_folder(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of a catalogue model lies.
    #[must_use]
    pub fn model_path(&self, id: &str, file: &str) -> PathBuf {
        self.root.join("models").join(id).join(file)
    }

    /// Where a file named by its repository lies.
    #[must_use]
    pub fn hub_path(&self, file: &HubFile) -> PathBuf {
        self.root.join("hub").join(&file.repository).join(&file.revision).join(&file.file)
    }

    fn pins_path(&self) -> PathBuf {
        self.root.join("pins.json")
    }

    /// The hash recorded for this source, if it was fetched before.
    ///
    /// # Errors
    /// Where `pins.json` is there but cannot be read: a lost pin must not pass for a first use.
    pub fn pin(&self, source: &HubFile) -> Result<Option<Pin>, Error> {
        Ok(self.pins()?.remove(&source.to_string()))
    }

    fn pins(&self) -> Result<BTreeMap<String, Pin>, Error> {
        let path = self.pins_path();
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(at(&path)(error)),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| at(&path)(error.into())),
        }
    }

    /// Records the hash of the first download of this source.
    ///
    /// # Errors
    /// Where `pins.json` cannot be read or written.
    pub fn record_pin(&self, source: &HubFile, record: &Record) -> Result<(), Error> {
        let _lock = lock(&self.root.join("pins.lock"), || {})?;
        let mut pins = self.pins()?;
        pins.entry(source.to_string()).or_insert(Pin {
            sha256: record.sha256.clone(),
            bytes: record.bytes,
            recorded: jiff::Timestamp::now(),
        });
        let path = self.pins_path();
        let text = serde_json::to_vec_pretty(&pins).map_err(|error| at(&path)(error.into()))?;
        atomic::write(&path, &text).map_err(at(&path))
    }

    /// SHA-256 of a file, from the memory of an earlier reading where size and time of change are the same.
    ///
    /// # Errors
    /// Where the file cannot be read. A memory that cannot be written is not an error.
    pub fn sha256(&self, path: &Path, on_read: &mut dyn FnMut(u64)) -> Result<Record, Error> {
        let full = fs::canonicalize(path).map_err(at(path))?;
        let memory = self.memory_path(&full);
        let (bytes, modified_ns) = stamp(&full)?;
        let known = fs::read(&memory).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
        if let Some(known) = known.filter(|known| known.bytes.bytes() == bytes && known.modified_ns == modified_ns) {
            return Ok(known);
        }
        let record = self.read_sha256(&full, on_read)?;
        self.remember(&full, &record);
        Ok(record)
    }

    /// SHA-256 of a file, read in full.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read_sha256(&self, path: &Path, on_read: &mut dyn FnMut(u64)) -> Result<Record, Error> {
        let (_, modified_ns) = stamp(path)?;
        let read = File::open(path).and_then(|file| sha256_of(file, on_read));
        let (sha256, bytes) = read.map_err(at(path))?;
        Ok(Record { sha256, bytes: Bytes::from_bytes(bytes), modified_ns })
    }

    /// Keeps a record for later; a cache that cannot be written only costs the next reading.
    pub(super) fn remember(&self, path: &Path, record: &Record) {
        let Ok(full) = fs::canonicalize(path) else { return };
        let memory = self.memory_path(&full);
        if let Ok(text) = serde_json::to_vec(record) {
            let _ = memory.parent().map(fs::create_dir_all);
            let _ = atomic::write(&memory, &text);
        }
    }

    fn memory_path(&self, full: &Path) -> PathBuf {
        let name = sha256_hex(full.as_os_str().as_encoded_bytes());
        self.root.join("hashes").join(name + ".json")
    }
}

/// Holds a lock file until dropped; `waiting` is called once if another process holds it.
pub(super) fn lock(path: &Path, waiting: impl FnOnce()) -> Result<LockedFile, Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let file = lock::open(path).map_err(at(path))?;
    match LockedFile::attempt(file).map_err(at(path))? {
        Attempt::Held(held) => Ok(held),
        Attempt::Taken(file) => {
            waiting();
            LockedFile::wait(file).map_err(at(path))
        }
    }
}

fn stamp(path: &Path) -> Result<(u64, u128), Error> {
    let facts = fs::metadata(path).map_err(at(path))?;
    let modified = facts.modified().map_err(at(path))?;
    Ok((facts.len(), modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())))
}
