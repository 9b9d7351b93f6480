//! A report that could not be read.

/// A report that is in the site by its name and reason only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Unreadable {
    /// The file, below the folder that was searched.
    pub file: String,
    /// Why it could not be read.
    pub reason: String,
}
