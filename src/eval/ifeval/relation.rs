//! How a count is compared with what was asked for.

use serde::{Deserialize, Serialize};

/// A comparison, in the words of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Relation {
    /// Fewer than the number.
    #[serde(rename = "less than")]
    LessThan,
    /// The number or more.
    #[serde(rename = "at least")]
    AtLeast,
}

impl Relation {
    /// Whether a count stands so to the number that was asked for.
    #[must_use]
    pub const fn holds(self, count: usize, asked: usize) -> bool {
        match self {
            Self::LessThan => count < asked,
            Self::AtLeast => count >= asked,
        }
    }
}
