//! Why the main job could not be done.

use std::path::PathBuf;

use crate::measure::error::MeasureError;
use crate::measure::journal::JournalError;
use crate::report::rendering::RenderError;

/// Why the main job could not be done; what was measured before is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// What was asked for cannot be done as it was asked.
    #[error("{0}")]
    Refused(String),
    /// The user asked for the end.
    #[error("interrupted; what was measured is kept in {folder}: go on with the same command and -o {folder} --resume", folder = .0.display())]
    Interrupted(PathBuf),
    /// Nothing could be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The journal of the folder.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The page could not be made.
    #[error(transparent)]
    Page(#[from] RenderError),
    /// The file system's reason, which names the file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
