//! What turns scores into sizes: the shipped reference curves and the releases that complete a row of scores.

use crate::law::audit_scores::Ground;
use crate::law::family::ReferenceFamily;
use crate::published::Library;
use crate::unit::Scores;

/// The shipped curves and complete releases.
pub(super) struct Curves {
    family: ReferenceFamily,
    releases: Vec<Scores>,
}

impl Curves {
    /// Those of the library.
    pub(super) fn load() -> Self {
        let library = Library::shipped();
        Self { family: library.family.clone(), releases: library.complete.clone() }
    }

    /// As the law takes them.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground { family: &self.family, d0: self.family.d0_tokens, releases: &self.releases }
    }
}
