//! `run.jsonl`: everything that was measured, appended and fsynced as it comes. Reports are derived from it.
//!
//! One process writes a journal at a time (a lock on the file). A torn last line, the trace of a cut cable or a
//! `kill -9`, is dropped when the journal is read or continued; any other bad line is an error with its number.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::file::lock::{self, Attempt, LockedFile};

mod entry;
mod error;

pub use entry::{Entry, FILE, RunModel, RunPlan, SCHEMA, Trial};
pub use error::JournalError;

/// Longest line of a journal.
const LONGEST_LINE: usize = 64 << 20;

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: LockedFile,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal of a folder for appending, makes it where there is none, and returns what it holds.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(folder: &Path) -> Result<(Self, Vec<Entry>), JournalError> {
        let path = folder.join(FILE);
        let io = |error| JournalError::Io { path: path.clone(), error };
        let refused = |error| JournalError::Folder { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(refused)?;
        let file = lock::open(&path).map_err(refused)?;
        let Attempt::Held(mut file) = LockedFile::attempt(file).map_err(io)? else {
            return Err(JournalError::Locked { path });
        };
        let (entries, whole) = parse(&mut BufReader::new(&*file), &path)?;
        file.set_len(whole).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        Ok((Self { file, path }, entries))
    }

    /// Reads a journal without touching it.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(path: &Path) -> Result<Vec<Entry>, JournalError> {
        let file = File::open(path).map_err(|error| JournalError::Io { path: path.to_owned(), error })?;
        Ok(parse(&mut BufReader::new(file), path)?.0)
    }

    /// Appends an entry and waits until the disk has it.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let mut line = serde_json::to_vec(entry)
            .map_err(|error| JournalError::Io { path: self.path.clone(), error: io::Error::other(error) })?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| JournalError::Io { path: self.path.clone(), error })
    }
}

/// The version of a line that is not understood: a later program may have written it.
#[derive(Deserialize)]
struct Versioned {
    schema: u64,
}

/// The entries and how many bytes of whole lines there are.
fn parse(reader: &mut impl BufRead, path: &Path) -> Result<(Vec<Entry>, u64), JournalError> {
    let mut entries = Vec::new();
    let mut whole = 0;
    loop {
        let mut line = Vec::new();
        let read = io::Read::take(&mut *reader, LONGEST_LINE as u64)
            .read_until(b'\n', &mut line)
            .map_err(|error| JournalError::Io { path: path.to_owned(), error })?;
        let bad = |reason: String| JournalError::Line { path: path.to_owned(), line: entries.len() + 1, reason };
        if line.len() == LONGEST_LINE {
            return Err(bad(format!("longer than {LONGEST_LINE} bytes")));
        }
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok((entries, whole));
        }
        let text = std::str::from_utf8(&line).map_err(|error| bad(error.to_string()))?;
        let entry = match serde_json::from_str::<Entry>(text) {
            Ok(entry) => entry,
            Err(error) => {
                return Err(match serde_json::from_str(text) {
                    Ok(Versioned { schema: found }) if found > u64::from(SCHEMA) => {
                        JournalError::Newer { path: path.to_owned(), found: u32::try_from(found).unwrap_or(u32::MAX) }
                    }
                    _ => bad(error.to_string()),
                });
            }
        };
        if let Entry::Run { schema, plan, .. } = &entry {
            if *schema > SCHEMA {
                return Err(JournalError::Newer { path: path.to_owned(), found: *schema });
            }
            if plan.rows.iter().any(|row| row.model >= plan.models.len()) {
                return Err(bad("a row names a model that the plan lacks".to_owned()));
            }
        }
        entries.push(entry);
        whole += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(rule: &str) -> Entry {
        Entry::Threads { rule: rule.to_owned() }
    }

    #[test]
    fn what_was_appended_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, before) = Journal::open(folder.path()).unwrap();
        assert!(before.is_empty());
        journal.append(&entry("one")).unwrap();
        drop(journal);
        let (mut journal, before) = Journal::open(folder.path()).unwrap();
        assert_eq!(before, [entry("one")]);
        journal.append(&entry("two")).unwrap();
        assert_eq!(Journal::read(&folder.path().join(FILE)).unwrap(), [entry("one"), entry("two")]);
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "{\"type\":\"threads\",\"rule\":\"one\"}\n{\"type\":\"thr").unwrap();
        let (mut journal, before) = Journal::open(folder.path()).unwrap();
        assert_eq!(before, [entry("one")]);
        journal.append(&entry("two")).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), [entry("one"), entry("two")]);
    }

    #[test]
    fn a_bad_line_inside_is_an_error_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "{\"type\":\"threads\",\"rule\":\"one\"}\nnonsense\n").unwrap();
        let error = Journal::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn two_writers_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (_journal, _) = Journal::open(folder.path()).unwrap();
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Locked { .. })));
    }

    #[test]
    fn a_newer_schema_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "{\"type\":\"run\",\"schema\":2,\"shape\":\"unknown\"}\n").unwrap();
        assert!(matches!(Journal::read(&path), Err(JournalError::Newer { found: 2, .. })));
    }
}
