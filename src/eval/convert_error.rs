//! What is wrong with a publication.

use std::io;

use crate::model::wheel;

/// What is wrong with a publication.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It broke off or cannot be unpacked.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is not what it was when this program was written.
    #[error("{place}: {reason}")]
    Content {
        /// Member or row.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The wheel that holds it gave no member.
    #[error("{reason}")]
    Wheel {
        /// Why.
        reason: String,
        /// Whether what was received of it is of no use to the next try.
        spoilt: bool,
    },
}

impl From<wheel::Error> for ConvertError {
    fn from(error: wheel::Error) -> Self {
        Self::Wheel { reason: error.to_string(), spoilt: error.spoilt() }
    }
}

impl ConvertError {
    /// Whether what was received is of no use to the next try.
    pub(super) const fn spoilt(&self) -> bool {
        match self {
            Self::Read(_) | Self::Content { .. } => true,
            Self::Wheel { spoilt, .. } => *spoilt,
        }
    }
}

pub(super) fn wrong(place: &str, reason: impl ToString) -> ConvertError {
    ConvertError::Content { place: place.to_owned(), reason: reason.to_string() }
}
