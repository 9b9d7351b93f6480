//! Taking a run's files from a target: of a fixed list, bounded, hashed, checked against the schema, and in the
//! store whole or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::inventory::Measuring;
use super::protocol::RunFile;
use super::transport::Transport;
use super::transport_error::TransportError;
use super::upload::Upload;
use crate::file::bounded;
use crate::file::run_folder as store;
use crate::measure::journal::Journal;
use crate::meter::deadline::Deadline;
use crate::process::shell::quoted;
use crate::report::stored::{self, Origin, Stored};
use crate::sanitize::printable;

/// Most bytes of all files of a run.
const MOST_BYTES: u64 = 1 << 30;

/// Why a run did not come into the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Getting it failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The target names what cannot be a file of a run.
    #[error("the target names a file that no run has: '{0}'")]
    Unsound(String),
    /// What came is not what the target said it would be.
    #[error("{0}: arrived with another SHA-256")]
    Torn(String),
    /// The document that matters is not there, or is not one.
    #[error("{file}: {reason}")]
    Schema {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store.
    #[error("{0}")]
    Store(#[from] std::io::Error),
}

/// Where a run is, and where it goes.
pub(crate) struct Fetch<'a> {
    /// The way to the target.
    pub(crate) transport: &'a Transport,
    /// The fleet's folder there.
    pub(crate) folder: &'a str,
    /// Name of the run.
    pub(crate) run: &'a str,
    /// What it ran.
    pub(crate) command: Measuring,
    /// SHA-256 of the model that it was to measure.
    pub(crate) model_sha256: Option<&'a str>,
    /// When to give up.
    pub(crate) deadline: &'a Deadline,
    /// Whether the user interrupted.
    pub(crate) interrupted: &'a dyn Fn() -> bool,
}

/// What the names of folders begin with whose files are still coming.
const ARRIVING: &str = ".arriving-";

/// Removes what a collection that was killed left in a target's store. Whoever collects holds the record, so nobody else's is there.
fn remove_leavings(store: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(store)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(ARRIVING) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Fetch<'_> {
    /// Takes the files into `store/run`.
    ///
    /// # Errors
    /// [`FetchError`]; the store is then as it was.
    pub(crate) fn take(&self, files: &[RunFile], store: &Path) -> Result<PathBuf, FetchError> {
        let total = files.iter().map(|file| file.bytes).fold(0_u64, u64::saturating_add);
        let unsound = |file: &RunFile| FetchError::Unsound(printable(&file.path, 60));
        let places: BTreeMap<String, &RunFile> = files
            .iter()
            .map(|file| Ok((file.place().ok_or_else(|| unsound(file))?, file)))
            .collect::<Result<_, FetchError>>()?;
        if places.len() < files.len() || total > MOST_BYTES {
            return Err(FetchError::Unsound(format!("{} files of {total} bytes", files.len())));
        }
        std::fs::create_dir_all(store)?;
        remove_leavings(store)?;
        let staging = tempfile::Builder::new().prefix(ARRIVING).tempdir_in(store)?;
        for (name, piece) in places {
            let here = staging.path().join(&name);
            if let Some(parent) = here.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let mut file = File::create(&here)?;
            let place = format!("runs/{}/{name}", self.run);
            let script = format!("cd -- {} && cat -- {}", quoted(self.folder), quoted(&place));
            self.transport.stream(&script, None, &mut file, piece.bytes, self.deadline.left(), self.interrupted)?;
            file.sync_all()?;
            if Upload::of(&here, String::new(), false)?.sha256 != piece.sha256.to_ascii_lowercase() {
                return Err(FetchError::Torn(name));
            }
        }
        self.check(staging.path())?;
        let place = store.join(self.run);
        if place.exists() {
            // The leavings of a collection that was cut before it was noted.
            std::fs::remove_dir_all(&place)?;
        }
        std::fs::rename(staging.keep(), &place)?;
        readable_by_all(&place)?;
        Ok(place)
    }

    /// The documents must be of the schema, and of the model that was sent.
    fn check(&self, folder: &Path) -> Result<(), FetchError> {
        let (name, model) = match self.command {
            Measuring::Bench | Measuring::Run => {
                let wrong = |reason: String| FetchError::Schema { file: store::REPORT.to_owned(), reason };
                let text = bounded::bytes(&folder.join(store::REPORT), stored::LARGEST)
                    .map_err(|_| wrong("the run has none: it did not get that far".to_owned()))?;
                let stored = Stored::parse(Path::new(store::REPORT), &text)
                    .map_err(|error| wrong(printable(&error.to_string(), 300)))?;
                let wanted = if self.command == Measuring::Run { Origin::Run } else { Origin::Bench };
                if stored.origin != wanted {
                    return Err(wrong("of another command than the one that was asked for".to_owned()));
                }
                (store::REPORT, stored.report.bench.and_then(|bench| bench.model).and_then(|model| model.sha256))
            }
            Measuring::Eval => {
                let report: Evaluated = document(folder, "eval.json")?;
                let wrong =
                    |reason: &str| FetchError::Schema { file: "eval.json".to_owned(), reason: reason.to_owned() };
                if report.schema != Some(1) {
                    return Err(wrong("not of schema 1"));
                }
                if report.tasks.is_none_or(|tasks| tasks.is_empty()) {
                    return Err(wrong("holds no task"));
                }
                ("eval.json", report.model.and_then(|model| model.sha256))
            }
        };
        if self.command != Measuring::Eval {
            let journal = folder.join(crate::measure::journal::FILE);
            Journal::read(&journal).map_err(|error| FetchError::Schema {
                file: crate::measure::journal::FILE.to_owned(),
                reason: error.to_string(),
            })?;
        }
        match self.model_sha256 {
            Some(sent) if model.as_deref() != Some(sent) => Err(FetchError::Schema {
                file: name.to_owned(),
                reason: "does not measure the model that was sent".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// What is checked of an evaluation's document before it is taken.
#[derive(Deserialize)]
struct Evaluated {
    schema: Option<u64>,
    tasks: Option<Vec<IgnoredAny>>,
    model: Option<EvaluatedModel>,
}

#[derive(Deserialize)]
struct EvaluatedModel {
    sha256: Option<String>,
}

fn document<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, FetchError> {
    let wrong = |reason: &str| FetchError::Schema { file: name.to_owned(), reason: reason.to_owned() };
    let text = bounded::bytes(&folder.join(name), stored::LARGEST)
        .map_err(|_| wrong("the run has none: it did not get that far"))?;
    serde_json::from_slice(&text).map_err(|error| wrong(&printable(&error.to_string(), 200)))
}

/// Temporary folders are private; a report is not.
fn readable_by_all(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    // Elsewhere a folder is as its parent is.
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_collection_left_is_removed_and_nothing_else() {
        let store = tempfile::tempdir().unwrap();
        for name in [".arriving-a", ".arriving-b", "20261128T092307Z-1", ".densimeter"] {
            std::fs::create_dir(store.path().join(name)).unwrap();
            std::fs::write(store.path().join(name).join("mmlu.jsonl"), "{}").unwrap();
        }
        remove_leavings(store.path()).unwrap();
        let mut left: Vec<_> = store.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".densimeter", "20261128T092307Z-1"]);
    }
}
