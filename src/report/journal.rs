//! `run.jsonl`: everything that was measured, appended and fsynced as it comes. Reports are derived from it.
//!
//! One process writes a journal at a time (a lock on the file). A torn last line, the trace of a cut cable or a
//! `kill -9`, is dropped when the journal is read or continued; any other bad line is an error with its number.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::bench::plan::{Row, StopRule};
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::meter::gate::GateRecord;
use crate::meter::memory::MemoryReading;
use crate::worker::conditions::Conditions;
use crate::worker::protocol::{EngineKind, Ready};

/// Version of the journal and of the reports.
pub const SCHEMA: u32 = 1;

/// Name of the journal in a run's folder.
pub const FILE: &str = "run.jsonl";

/// Longest line of a journal.
const LONGEST_LINE: usize = 64 << 20;

/// A model that takes part in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunModel {
    /// Catalogue id, or the file's name.
    pub id: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Parameters counted from the tensors.
    pub params: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bits of tensor data per parameter.
    pub bits_per_weight: f64,
    /// Elements of key and of value cache per token, from the header; `None` where it does not say.
    pub kv_elements: Option<(u64, u64)>,
    /// Whether these are an upper bound: some layers keep only a window of the context.
    #[serde(default)]
    pub kv_upper_bound: bool,
}

/// What the look before a run of the main job found. Shapes and numbers of items follow from it, so a resumed run
/// takes it from the journal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Seconds for a token of a prompt.
    pub prefill: f64,
    /// Seconds for a generated token.
    pub decode: f64,
    /// Seconds to load the model.
    pub load: f64,
    /// Seconds that the look took.
    pub spent: f64,
}

impl Trial {
    /// A device without limits: its plan has the largest shapes.
    pub const INSTANT: Self = Self { prefill: 0.0, decode: 0.0, load: 0.0, spent: 0.0 };
}

/// What a run is about; two runs with equal plans may share a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The engine.
    pub engine: EngineKind,
    /// Seed of tokens and order.
    pub seed: u64,
    /// The models.
    pub models: Vec<RunModel>,
    /// The rows.
    pub rows: Vec<Row>,
    /// When a row is done.
    pub stop: StopRule,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    /// A process began to write; the first line, and again after every resume.
    Run {
        /// [`SCHEMA`].
        schema: u32,
        /// Name of the run, kept over resumes.
        run_id: String,
        /// When this process began, RFC 3339.
        started: jiff::Timestamp,
        /// Version of densimeter.
        densimeter: String,
        /// What is measured.
        plan: Box<RunPlan>,
    },
    /// The device, as probed.
    Device {
        /// The profile.
        profile: serde_json::Value,
    },
    /// How the wait for a cool or quiet machine went.
    Gate {
        /// The record.
        gate: GateRecord,
    },
    /// How the threads were chosen.
    Threads {
        /// In words.
        rule: String,
    },
    /// The look before a run of the main job.
    Trial {
        /// Whether the run is a quick one.
        quick: bool,
        /// What it found.
        trial: Trial,
    },
    /// Something to know about the plan.
    Note {
        /// In words.
        text: String,
    },
    /// The worker of `--sustain` failed; what it had measured stands before this line.
    SustainFailed {
        /// One line.
        error: String,
    },
    /// One repetition of `--sustain`.
    Sustain {
        /// Its end, seconds since the first began.
        elapsed_s: f64,
        /// The repetition.
        sample: Sample,
        /// The conditions.
        conditions: Box<Conditions>,
    },
    /// A row's worker is ready. Samples of the same row from before do not count: they belong to a worker that died.
    RowStarted {
        /// Index of the row in the plan.
        row: usize,
        /// What the worker knows.
        ready: Box<Ready>,
    },
    /// One repetition.
    Sample {
        /// Index of the row in the plan.
        row: usize,
        /// The repetition.
        sample: Sample,
        /// The conditions.
        conditions: Box<Conditions>,
    },
    /// A row is done, or as done as it will be.
    RowDone {
        /// Index of the row in the plan.
        row: usize,
        /// Memory of the worker; `None` when it was interrupted.
        memory: Option<MemoryReading>,
        /// What the run, not the samples, has to say of it.
        warnings: Vec<Warning>,
    },
    /// A row failed.
    RowFailed {
        /// Index of the row in the plan.
        row: usize,
        /// One line.
        error: String,
    },
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// The folder cannot be made or written.
    #[error("{}: cannot hold a run ({error}); give another folder with -o", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// Somebody else writes it.
    #[error("{}: another densimeter is writing this journal; wait for it, or give another folder with -o", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// A line is not of this format.
    #[error("{}: line {line} is not a journal entry: {reason}", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// It was written by a newer densimeter.
    #[error("{}: schema {found} is newer than this densimeter's {SCHEMA}; update densimeter", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its schema.
        found: u32,
    },
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
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
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(refused)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => JournalError::Locked { path: path.clone() },
            other => io(other.into()),
        })?;
        let (entries, whole) = parse(&mut BufReader::new(&file), &path)?;
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
        let entry = match serde_json::from_slice::<Entry>(&line) {
            Ok(entry) => entry,
            Err(error) => {
                let schema = serde_json::from_slice::<serde_json::Value>(&line).ok().and_then(|v| v["schema"].as_u64());
                return Err(match schema {
                    Some(found) if found > u64::from(SCHEMA) => {
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
