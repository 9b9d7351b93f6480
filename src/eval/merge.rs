//! Putting the logs of an evaluation's shards together: nothing lost unseen, nothing counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::journal::{self, JournalError, Key};
use super::record::Record;
use crate::file::bounded::{self, ReadError};

/// Bytes of a key file.
const MOST_KEY: u64 = 1 << 20;

/// What one task's shards come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// What the results are of; the same in all shards.
    pub key: Key,
    /// The records, by id.
    pub records: Vec<Record>,
    /// Items of each shard, in the order in which they were given.
    pub of_shards: Vec<usize>,
}

/// Why shards cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A log.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A key that is not text, or too much of it.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The results of two shards are not of one evaluation.
    #[error("{}: of another evaluation than {}: model, engine build, task version, items or settings differ", path.display(), other.display())]
    OtherKey {
        /// A key file.
        path: PathBuf,
        /// Another one.
        other: PathBuf,
    },
    /// An item is in two shards.
    #[error("{}: item {id} is in another shard too", path.display())]
    Twice {
        /// The log with the second one.
        path: PathBuf,
        /// The item.
        id: String,
    },
    /// A line that is not of this evaluation.
    #[error("{}: item {id} carries another key than its shard", path.display())]
    Stray {
        /// The log.
        path: PathBuf,
        /// The item.
        id: String,
    },
    /// No shard has anything of it.
    #[error("no shard has a log of {0}")]
    Nothing(String),
}

/// The tasks that any of these folders has a key of.
#[must_use]
pub fn tasks(folders: &[PathBuf]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            found.extend(entry.file_name().to_str().and_then(|name| name.strip_suffix(".key.json")).map(str::to_owned));
        }
    }
    found.into_iter().collect()
}

/// Puts the logs of a task together. A shard without a log of it counts as one without items.
///
/// # Errors
/// [`MergeError`].
pub fn merge(folders: &[PathBuf], task: &str) -> Result<Merged, MergeError> {
    let mut known: Option<(Key, PathBuf)> = None;
    let mut records = BTreeMap::new();
    let mut of_shards = Vec::new();
    for folder in folders {
        let path = folder.join(format!("{task}.key.json"));
        if !path.exists() {
            of_shards.push(0);
            continue;
        }
        let key = key(&path)?;
        let short = key.short();
        match &known {
            None => known = Some((key, path)),
            Some((other, _)) if *other == key => {}
            Some((_, other)) => return Err(MergeError::OtherKey { path, other: other.clone() }),
        }
        let log = folder.join(format!("{task}.jsonl"));
        let own = journal::read(&log)?;
        of_shards.push(own.len());
        for record in own {
            if record.key != short {
                return Err(MergeError::Stray { path: log, id: record.id });
            }
            if let Some(before) = records.insert(record.id.clone(), record) {
                return Err(MergeError::Twice { path: log, id: before.id });
            }
        }
    }
    let (key, _) = known.ok_or_else(|| MergeError::Nothing(task.to_owned()))?;
    Ok(Merged { key, records: records.into_values().collect(), of_shards })
}

fn key(path: &Path) -> Result<Key, MergeError> {
    let text = bounded::text(path, MOST_KEY).map_err(|error| match error {
        ReadError::Io { path, error } => MergeError::Io { path, error },
        error => MergeError::Read(error),
    })?;
    serde_json::from_str(&text)
        .map_err(|error| MergeError::Io { path: path.to_owned(), error: io::Error::other(error) })
}
