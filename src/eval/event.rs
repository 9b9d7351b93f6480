//! What an evaluation says while it runs.

use serde::{Deserialize, Serialize};

use super::report::{EvalReport, TaskForecast, TaskReport, TaskShare};

/// One word of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvalEvent {
    /// Something to know for people.
    Note {
        /// In words.
        text: String,
    },
    /// Something that must be heard of.
    Warning {
        /// In words.
        text: String,
    },
    /// The model is loaded and nothing is evaluated yet: the document without its tasks.
    Begun {
        /// The document.
        document: Box<EvalReport>,
    },
    /// What a task will take.
    Foretold {
        /// The task.
        task: String,
        /// Items to evaluate.
        items: u64,
        /// The forecast.
        forecast: TaskForecast,
    },
    /// Items of a task begin.
    Items {
        /// The task, or `noise`.
        name: String,
        /// Items of it.
        of: u64,
        /// Items that the log holds already.
        done: u64,
    },
    /// An item is done.
    Item,
    /// No further item of the task follows.
    ItemsEnd,
    /// A task is done.
    Task {
        /// Its row of the document.
        report: Box<TaskReport>,
    },
    /// A shard's share of a task is done.
    Share {
        /// Its row of the document.
        share: Box<TaskShare>,
        /// Whether some of its items could not be graded.
        failed: bool,
    },
    /// Some tasks are left out, or not all of a leg was done.
    Missing {
        /// Why.
        reason: String,
    },
    /// The host asked for the end; the logs hold what was finished.
    Stopped,
}
