//! Why there is no audit.

use std::io;
use std::path::PathBuf;

use crate::eval::choice::ChoiceError;
use crate::eval::journal::JournalError;
use crate::file::bounded::ReadError;
use crate::law::reference::ReferenceError;
use crate::measure::benchmarks::BenchmarksError;
use crate::measure::error::MeasureError;
use crate::measure::evaluation::EvaluationError;
use crate::model::gguf;
use crate::model::relation::Unrelated;
use crate::model::resolve;
use crate::table::TableError;
use crate::worker::host::HostError;
use crate::worker::serve::WorkerError;

/// Why there is no audit. Every error is one line and names the way out where there is one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    /// Nothing to compare.
    #[error("fewer than two items were selected: nothing can be compared")]
    TooFewItems,
    /// Models that nothing connects.
    #[error("{} and {}: {error}", original.display(), compressed.display())]
    Unrelated {
        /// The original.
        original: PathBuf,
        /// The compressed model.
        compressed: PathBuf,
        /// What differs.
        error: Unrelated,
    },
    /// Files that are not of one model.
    #[error("--rank compares files of one model: {first} and {other} differ: {differences}")]
    OtherModel {
        /// One of them.
        first: String,
        /// The other.
        other: String,
        /// In what.
        differences: String,
    },
    /// More than are ranked at once.
    #[error(
        "{files} different files: --rank takes {} at most, so that its tests can still tell",
        crate::law::ranking::MOST_FILES
    )]
    TooManyFiles {
        /// How many there are.
        files: usize,
    },
    /// Not one of them.
    #[error("no compressed model could be evaluated: {0}")]
    NoneEvaluated(String),
    /// Not one format.
    #[error("{model}: could not be quantised to any of {formats}")]
    NoneQuantised {
        /// The original.
        model: String,
        /// The formats asked for.
        formats: String,
    },
    /// The user asked for the end.
    #[error(
        "interrupted; what was measured is kept in {folder}: go on with the same command and -o {folder}",
        folder = .0.display()
    )]
    Interrupted(PathBuf),
    /// An evaluation that came to nothing.
    #[error("{model}: {error}")]
    Evaluation {
        /// The model.
        model: String,
        /// Why.
        error: EvaluationError,
    },
    /// Logs of other prompts.
    #[error("{task} {item}: the two models were given different texts; give another folder with -o")]
    OtherTexts {
        /// The task.
        task: String,
        /// The item.
        item: String,
    },
    /// A table of pairs that is none.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A density that cannot be made.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A model that cannot be had.
    #[error(transparent)]
    Model(#[from] resolve::Error),
    /// A file that is no model.
    #[error(transparent)]
    Header(#[from] gguf::Error),
    /// There are no benchmarks.
    #[error(transparent)]
    Benchmarks(#[from] BenchmarksError),
    /// Benchmarks that cannot be read.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// An item log that cannot be read.
    #[error(transparent)]
    Log(#[from] JournalError),
    /// A kept file that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// This build lacks the engine.
    #[error(transparent)]
    Engine(#[from] WorkerError),
    /// A worker gave up.
    #[error(transparent)]
    Worker(#[from] HostError),
    /// Nothing was measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// A file or folder that cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file system's reason, which names the file already.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl AuditError {
    /// Whether what was asked for is at fault, and not what came of it.
    #[must_use]
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self, Self::TooFewItems | Self::Unrelated { .. } | Self::OtherModel { .. } | Self::TooManyFiles { .. })
    }
}
