//! Why there is no device model.

use std::path::PathBuf;

use super::cost_fit::CostError;
use crate::measure::error::MeasureError;
use crate::model::{gguf, resolve};

/// Why nothing was calibrated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalibrationError {
    /// The user asked for the end.
    #[error(
        "interrupted; what was measured is kept in {folder}: go on with the same command and --run-folder {folder} \
         --resume",
        folder = .0.display()
    )]
    Interrupted(PathBuf),
    /// The rows determine nothing.
    #[error("{}: {error}", folder.display())]
    Cost {
        /// Folder of the measuring run.
        folder: PathBuf,
        /// Why.
        error: CostError,
    },
    /// Nothing was measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// A model that cannot be had.
    #[error(transparent)]
    Model(#[from] resolve::Error),
    /// A file that is no model.
    #[error(transparent)]
    Header(#[from] gguf::Error),
}
