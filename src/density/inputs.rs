//! What every density rests on.

use super::cost::Cost;
use crate::law::family::ReferenceFamily;
use crate::published::Library;
use crate::unit::Scores;

/// What every density rests on.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// The curves that scores and losses are read against.
    pub family: &'a ReferenceFamily,
    /// Tokens at which they are read.
    pub d0: f64,
    /// Releases with all five scores, from which missing ones are imputed.
    pub complete: &'a [Scores],
    /// The chip and the request of a density by inference time.
    pub cost: Cost,
}

impl<'a> Inputs<'a> {
    /// The published tables, at the family's own tokens and on the published chip.
    #[must_use]
    pub fn of(library: &'a Library) -> Self {
        Self {
            family: &library.family,
            d0: library.family.d0_tokens,
            complete: &library.complete,
            cost: Cost::published(),
        }
    }
}
