//! What happens during a run, and what stops it.

use std::ops::ControlFlow;

use crate::eval::journal::JournalError;
use crate::eval::record::Record;
use crate::eval::schedule::ScheduleError;

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine refused.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The log cannot be written or continued.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A log holds an item whose prompt is another one now.
    #[error("item {0}: the log holds another prompt for it; choose another folder with -o")]
    OtherPrompt(String),
    /// The observer asked for the end.
    #[error("stopped")]
    Stopped,
}

/// What happens during a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A task begins; some items may be in the log already.
    Begin {
        /// The task.
        task: &'a str,
        /// Selected items.
        items: usize,
        /// Items in the log.
        done: usize,
    },
    /// An item is done.
    Item(&'a Record),
}

/// Gets the events of a run; `Break` ends it after the item.
pub type Observer<'a> = &'a mut dyn FnMut(&Event<'_>) -> ControlFlow<()>;
