//! Why nothing was measured.

use std::io;
use std::path::PathBuf;

use super::journal::JournalError;
use crate::model::gguf;
use crate::model::recipe::Misfit;
use crate::model::resolve;
use crate::worker::host::HostError;
use crate::worker::serve::WorkerError;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// What was asked for cannot be done as it was asked.
    #[error("{0}")]
    Refused(String),
    /// It does not fit into memory.
    #[error("{0}")]
    NoRoom(String),
    /// The file is something else than what can be measured.
    #[error("{}: {kind}", path.display())]
    NoModel {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: gguf::FileKind,
    },
    /// The file is a model that predicts no next token.
    #[error(
        "{}: {}, and so answers no question: take one of `densimeter models list`; `densimeter bench` measures how fast this \
         one reads", .0.display(), gguf::FileKind::Encoder
    )]
    PredictsNothing(PathBuf),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A worker gave up.
    #[error(transparent)]
    Worker(#[from] HostError),
    /// This build lacks the engine.
    #[error(transparent)]
    Engine(#[from] WorkerError),
    /// A model that cannot be had.
    #[error(transparent)]
    Model(#[from] resolve::Error),
    /// A file that is no model.
    #[error(transparent)]
    Header(#[from] gguf::Error),
    /// A model without weights.
    #[error("{}: the file holds no weights", .0.display())]
    NoWeights(PathBuf),
    /// A model that cannot be quantised so.
    #[error("{}: {error}", path.display())]
    Recipe {
        /// The source.
        path: PathBuf,
        /// Why.
        error: Misfit,
    },
    /// The quantiser left something out.
    #[error("{}: the quantiser wrote {after} of {before} parameters", path.display())]
    Lost {
        /// The source.
        path: PathBuf,
        /// Its parameters.
        before: f64,
        /// Those of the result.
        after: f64,
    },
    /// The file system refused.
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
    /// A journal without its first line.
    #[error("the journal holds no run")]
    NoRun,
}
