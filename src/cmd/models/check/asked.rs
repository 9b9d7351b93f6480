//! What servers said of the files.

use crate::model::catalog::check::Fault;

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Files that are still there.
    pub(super) reached: usize,
    /// Why others were not asked for; `None` where all were.
    pub(super) not_asked: Option<String>,
    /// What is wrong with files.
    pub(super) faults: Vec<Fault>,
}
