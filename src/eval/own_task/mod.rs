//! Tasks of one's own: a TOML file that names the items (JSON Lines), how they are asked and how answers are graded.
//!
//! `docs/own-tasks.md` describes the file, with a sample for each grader.

mod definition;
mod error;
mod grader;
mod row;
mod schema;
mod task;
mod template;

pub use error::OwnTaskError;
pub use task::OwnTask;
