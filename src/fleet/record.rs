//! `fleet.json`: what became of every target; written whole after each, so that a fleet that was cut off can go on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::inventory::Job;
use super::protocol::HostState;
use crate::file::bounded::{self, ReadError};
use crate::file::lock::{self, Attempt, LockedFile};
use crate::file::run_folder as store;

/// Name of the record in the fleet's folder.
pub(crate) const FILE: &str = "fleet.json";

/// Version of its shape.
pub(crate) const SCHEMA: u32 = 1;

/// Bytes beyond which a record is refused.
const MOST_BYTES: u64 = 64 << 20;

/// What became of the targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// [`SCHEMA`].
    pub(crate) schema: u32,
    /// Name of the run, the same on every target.
    pub(crate) run: String,
    /// When it began, by this machine's clock.
    pub(crate) started: jiff::Timestamp,
    /// What is run.
    pub(crate) job: Job,
    /// The rows, by the names of the targets.
    pub(crate) rows: BTreeMap<String, Row>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Where it is.
    pub(crate) address: String,
    /// `done` or `failed`.
    pub(crate) state: Outcome,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// Attempts that were made.
    pub(crate) attempts: u32,
    /// When it began and ended, by this machine's clock.
    pub(crate) began: jiff::Timestamp,
    /// The same.
    pub(crate) ended: jiff::Timestamp,
    /// Folder of the report, below the fleet's.
    pub(crate) report: Option<PathBuf>,
    /// CPU level or path of the binary that was sent, and its SHA-256.
    pub(crate) binary: Option<(String, String)>,
    /// Seconds that the target's clock was ahead of this one.
    pub(crate) clock_ahead_s: Option<i64>,
    /// The target before.
    pub(crate) before: Option<HostState>,
    /// The target after.
    pub(crate) after: Option<HostState>,
    /// Lists of cores that the measured threads were allowed.
    #[serde(default)]
    pub(crate) cores_seen: Vec<String>,
    /// What to know about the numbers.
    pub(crate) warnings: Vec<String>,
}

impl Row {
    /// A target that nothing is known of yet.
    #[must_use]
    pub(crate) fn begin(address: String) -> Self {
        let now = jiff::Timestamp::now();
        Self {
            address,
            state: Outcome::Failed,
            reason: None,
            attempts: 0,
            began: now,
            ended: now,
            report: None,
            binary: None,
            clock_ahead_s: None,
            before: None,
            after: None,
            cores_seen: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// How a target ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Its report is in the store.
    Done,
    /// It is not.
    Failed,
}

impl Outcome {
    /// As it stands in the record.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Why a fleet's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The file system's reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not text, or too much of it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another fleet is at work there.
    #[error("{}: another fleet is at work in this folder; wait for it, or give another with -o", .0.display())]
    Locked(PathBuf),
    /// There is one already.
    #[error("{}: holds a fleet already; go on with it by --resume, or give another folder with -o", .0.display())]
    Exists(PathBuf),
    /// There is none.
    #[error("{}: holds no fleet; give the folder of `fleet run` with -o", .0.display())]
    Missing(PathBuf),
    /// The job is another one.
    #[error("{}: holds another fleet (not the same {what}); give another folder with -o", path.display())]
    Other {
        /// The record.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// The record is none.
    #[error("{}: not a record of a fleet: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A record that this process may write.
#[derive(Debug)]
pub(crate) struct FleetLog {
    path: PathBuf,
    record: Record,
    /// Held while the log is open.
    _lock: LockedFile,
}

/// Reads a record; `None` where there is none.
///
/// # Errors
/// [`RecordError`].
pub(crate) fn read(folder: &Path) -> Result<Option<Record>, RecordError> {
    let path = folder.join(FILE);
    let text = match bounded::text(&path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(ReadError::Io { path, error }) => return Err(RecordError::Io { path, error }),
        Err(error) => return Err(error.into()),
    };
    let wrong = |reason: String| RecordError::Wrong { path: path.clone(), reason };
    let record: Record = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(wrong(format!("schema {} is not {SCHEMA}", record.schema)));
    }
    Ok(Some(record))
}

impl FleetLog {
    /// Opens the record of a fleet that was begun before.
    ///
    /// # Errors
    /// [`RecordError`].
    pub(crate) fn again(folder: &Path, job: &Job) -> Result<Self, RecordError> {
        match read(folder)? {
            Some(_) => Self::open(folder, job, true),
            None => Err(RecordError::Missing(folder.to_owned())),
        }
    }

    /// Opens the record of a folder, or begins one.
    ///
    /// # Errors
    /// [`RecordError`].
    pub(crate) fn open(folder: &Path, job: &Job, resume: bool) -> Result<Self, RecordError> {
        let path = folder.join(FILE);
        let io = |error| RecordError::Io { path: path.clone(), error };
        std::fs::create_dir_all(folder).map_err(io)?;
        let lock = lock::open(&folder.join("fleet.lock")).map_err(io)?;
        let Attempt::Held(lock) = LockedFile::attempt(lock).map_err(io)? else {
            return Err(RecordError::Locked(folder.to_owned()));
        };
        let record = match read(folder)? {
            Some(_) if !resume => return Err(RecordError::Exists(folder.to_owned())),
            Some(record) => {
                if let Some(what) = difference(&record.job, job) {
                    return Err(RecordError::Other { path, what });
                }
                record
            }
            None => Record {
                schema: SCHEMA,
                run: store::new_run_id(),
                started: jiff::Timestamp::now(),
                job: job.clone(),
                rows: BTreeMap::new(),
            },
        };
        store::write_json(&path, &record).map_err(io)?;
        Ok(Self { path, record, _lock: lock })
    }

    /// What is in it.
    #[must_use]
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Notes what became of a target.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub(crate) fn note(&mut self, target: &str, row: Row) -> Result<(), RecordError> {
        self.record.rows.insert(target.to_owned(), row);
        store::write_json(&self.path, &self.record).map_err(|error| RecordError::Io { path: self.path.clone(), error })
    }
}

/// What makes a job another one: its limits may change between two attempts.
fn difference(a: &Job, b: &Job) -> Option<&'static str> {
    if a.command != b.command {
        Some("command")
    } else if a.model != b.model {
        Some("model")
    } else if a.arguments != b.arguments {
        Some("arguments")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(model: &str) -> Job {
        toml::from_str(&format!("command = \"bench\"\nmodel = \"{model}\"")).unwrap()
    }

    #[test]
    fn a_fleet_goes_on_with_itself_and_with_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let log = FleetLog::open(folder.path(), &job("a"), false).unwrap();
        let run = log.record().run.clone();
        assert!(matches!(FleetLog::open(folder.path(), &job("a"), true), Err(RecordError::Locked(_))));
        drop(log);
        assert!(matches!(FleetLog::open(folder.path(), &job("a"), false), Err(RecordError::Exists(_))));
        assert!(matches!(
            FleetLog::open(folder.path(), &job("b"), true),
            Err(RecordError::Other { what: "model", .. })
        ));
        assert_eq!(FleetLog::open(folder.path(), &job("a"), true).unwrap().record().run, run);
    }
}
