//! What in a report contradicts itself, or nature.

use std::fmt;

/// What cannot be in a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// Name of the row, where it stands in one.
    pub row: Option<String>,
    /// In words.
    pub what: String,
    /// A number as it stands there, and as it follows from its repetitions.
    pub numbers: Option<(f64, f64)>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => write!(f, "row `{row}`: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl From<String> for Contradiction {
    fn from(what: String) -> Self {
        Self { row: None, what, numbers: None }
    }
}
