//! What is known of a benchmark before its data are read.

#[cfg(feature = "download")]
use super::data::Pin;
use super::data::{Benchmarks, DataError};
#[cfg(feature = "download")]
use super::publication::{DownloadError, Fetcher};
use super::task::Task;

/// A benchmark: its name, what it asks for, and how it is had.
#[derive(Debug)]
pub struct TaskSpec {
    /// Its name on the command line, and of its folder and log.
    pub name: &'static str,
    /// How the paths of its files in the layout begin.
    pub data: &'static str,
    /// What the model answers with.
    pub answer: AnswerForm,
    /// Reads the data and makes the task.
    pub open: fn(&Benchmarks) -> Result<Box<dyn Task>, DataError>,
    /// Fetches the missing ones of its pinned files.
    #[cfg(feature = "download")]
    pub fetch: fn(&mut Fetcher<'_>, &[Pin]) -> Result<(), DownloadError>,
}

/// What a model answers an item with, which decides what an item costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// The choice among options: nothing is written.
    Choice,
    /// The choice among whole texts, each of which is scored: nothing is written.
    Cloze,
    /// A text.
    Text,
    /// A program, which is run.
    Program,
}

impl AnswerForm {
    /// Whether the model writes, which takes time that nobody can foretell.
    #[must_use]
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Text | Self::Program)
    }
}
