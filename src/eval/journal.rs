//! The item log: one line an item, on disk before the next ones begin; a resumed run repeats nothing and mixes nothing.
//!
//! `<task>.jsonl` holds the items and nothing else; `<task>.key.json` beside it says what they are results of. Every line
//! carries the key's hash, so lines of two runs cannot be taken for one even when files are joined by hand.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::Record;
use super::schedule::Settings;
use crate::engine::Build;
use crate::file::atomic;
use crate::file::bounded::{self, ReadError};
use crate::file::digest::sha256_hex;
use crate::file::json;
use crate::file::lock::{self, Attempt, LockedFile};

/// Bytes beyond which a log is refused.
const MOST_BYTES: u64 = 4 << 30;

/// Largest key that is read.
const MOST_KEY: u64 = 1 << 20;

/// Everything that results depend on. Two runs with one key may share a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// The engine's build.
    pub engine: Build,
    /// The task.
    pub task: String,
    /// Version of its prompts and grading.
    pub task_version: u32,
    /// SHA-256 over the prompts' and continuations' hashes of all selected items, in order.
    pub prompts_sha256: String,
    /// Number of selected items.
    pub items: usize,
    /// Only losses, no predictions.
    pub loss_only: bool,
    /// How rows are evaluated.
    pub settings: Settings,
}

impl Key {
    /// The hash that every line of the log carries: the first 16 hexadecimal digits.
    #[must_use]
    pub fn short(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        sha256_hex(text.as_bytes())[..16].to_owned()
    }
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The log or its key cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another run has the log.
    #[error("{}: another run is writing this log; wait for it or choose another folder with -o", .0.display())]
    Locked(PathBuf),
    /// There are results already and resuming was not asked for.
    #[error("{}: holds {items} items already; continue with --resume or choose another folder with -o", path.display())]
    Exists {
        /// The log.
        path: PathBuf,
        /// Items in it.
        items: usize,
    },
    /// The log belongs to other settings, another model, engine or task version.
    #[error("{}: results of another run ({differs}); choose another folder with -o", path.display())]
    OtherRun {
        /// The key file or the log.
        path: PathBuf,
        /// What differs first.
        differs: String,
    },
    /// A line that this program did not write.
    #[error("{}:{line}: {reason}; repair or remove the file", path.display())]
    Line {
        /// The log.
        path: PathBuf,
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// An open, locked log.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: LockedFile,
    key: String,
    done: BTreeMap<String, Record>,
}

impl Journal {
    /// Opens (and locks) the log of a task in a folder, which is made if need be.
    ///
    /// # Errors
    /// A log in use, of another run, holding items without `resume`, or damaged before its last line.
    pub fn open(folder: &Path, key: &Key, resume: bool) -> Result<Self, JournalError> {
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |source| JournalError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(fault(folder))?;
        let path = folder.join(format!("{}.jsonl", key.task));
        let key_path = folder.join(format!("{}.key.json", key.task));
        let file = lock::open(&path).map_err(fault(&path))?;
        let Attempt::Held(mut file) = LockedFile::attempt(file).map_err(fault(&path))? else {
            return Err(JournalError::Locked(path));
        };
        let mut bytes = Vec::new();
        (&mut *file).take(MOST_BYTES).read_to_end(&mut bytes).map_err(fault(&path))?;
        let text = whole_lines(&path, bytes)?;
        let whole = text.len();
        let short = key.short();
        let stored = || -> Result<Key, JournalError> {
            let stored = bounded::text(&key_path, MOST_KEY)?;
            serde_json::from_str(&stored).map_err(|error| wrong(&key_path, error.line(), error.to_string()))
        };
        // Before the lines: it can tell what differs, where they only say that something does.
        if whole > 0
            && resume
            && let Some(differs) = json::difference(&stored()?, key)
        {
            return Err(JournalError::OtherRun { path: key_path, differs });
        }
        let done = read_lines(&path, &text, &short)?;
        if !done.is_empty() && !resume {
            return Err(JournalError::Exists { path, items: done.len() });
        }
        if done.is_empty() {
            let text = serde_json::to_string_pretty(key).unwrap_or_default() + "\n";
            let written = atomic::write(&key_path, text.as_bytes()).and_then(|()| File::open(folder)?.sync_all());
            written.map_err(fault(&key_path))?;
        }
        let trim = || -> io::Result<()> {
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0))?;
            file.sync_all()
        };
        let mut trim = trim;
        trim().map_err(fault(&path))?;
        Ok(Self { path, file, key: short, done })
    }

    /// The hash that every line carries.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The items that are done, by id.
    #[must_use]
    pub fn done(&self) -> &BTreeMap<String, Record> {
        &self.done
    }

    /// Appends items that were finished together and waits until they are on disk. One that is there already is not
    /// written again, unless its text could not be graded then.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let fault = |source| JournalError::Io { path: self.path.clone(), source };
        let mut text = String::new();
        for record in records.iter().filter(|record| self.done.get(&record.id).is_none_or(Record::awaits_grading)) {
            text += &serde_json::to_string(record).map_err(|error| fault(error.into()))?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes()).map_err(fault)?;
        self.file.sync_data().map_err(fault)?;
        self.done.extend(records.iter().map(|record| (record.id.clone(), record.clone())));
        Ok(())
    }
}

/// The whole lines of a log that no run is writing, in their order.
///
/// # Errors
/// A file that cannot be read, or a line that this program did not write.
pub fn read(path: &Path) -> Result<Vec<Record>, JournalError> {
    parse(path, bounded::bytes(path, MOST_BYTES)?)
}

/// The whole lines of a log. A kill in the middle of a write, or a full disk, leaves a line without its end, perhaps in the middle of
/// a character: that item was never finished.
fn whole_lines(path: &Path, mut bytes: Vec<u8>) -> Result<String, ReadError> {
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    bounded::utf8(path, bytes)
}

/// The whole lines of the bytes of a log; `path` is named in errors. Of an item that was graded later, the later line.
///
/// # Errors
/// Lines that are not UTF-8, or one that this program did not write.
pub fn parse(path: &Path, bytes: Vec<u8>) -> Result<Vec<Record>, JournalError> {
    let text = whole_lines(path, bytes)?;
    let mut records: Vec<Record> = Vec::new();
    let mut ungraded: BTreeMap<String, usize> = BTreeMap::new();
    for found in lines(path, &text) {
        let (_, record) = found?;
        let at = ungraded.remove(&record.id).unwrap_or(records.len());
        if record.awaits_grading() {
            ungraded.insert(record.id.clone(), at);
        }
        match records.get_mut(at) {
            Some(before) => *before = record,
            None => records.push(record),
        }
    }
    Ok(records)
}

/// Every line with its number.
fn lines<'a>(path: &'a Path, text: &'a str) -> impl Iterator<Item = Result<(usize, Record), JournalError>> + 'a {
    text.lines().zip(1..).map(|(line, at)| {
        let record = serde_json::from_str(line).map_err(|error| wrong(path, at, error.to_string()))?;
        Ok((at, record))
    })
}

fn wrong(path: &Path, line: usize, reason: String) -> JournalError {
    JournalError::Line { path: path.to_owned(), line, reason }
}

fn read_lines(path: &Path, text: &str, key: &str) -> Result<BTreeMap<String, Record>, JournalError> {
    let mut done: BTreeMap<String, Record> = BTreeMap::new();
    for found in lines(path, text) {
        let (line, record) = found?;
        if record.key != key {
            return Err(JournalError::OtherRun {
                path: path.to_owned(),
                differs: format!("line {line} has another key: model, engine, task version, items or settings"),
            });
        }
        if let Some(before) = done.insert(record.id.clone(), record)
            && !before.awaits_grading()
        {
            return Err(wrong(path, line, format!("item {} is there twice", before.id)));
        }
    }
    Ok(done)
}
