//! What every density by the edge family rests on.

use crate::density::cost::Cost;
use crate::law::edge::D0_TOKENS;
use crate::law::edge::family::EdgeFamily;
use crate::published::Library;

/// What every density by the edge family rests on.
#[derive(Debug, Clone)]
pub struct EdgeInputs<'a> {
    /// The fitted family.
    pub family: &'a EdgeFamily,
    /// Tokens at which it is read.
    pub d0: f64,
    /// The chip and the request of a density by inference time.
    pub cost: Cost,
}

impl EdgeInputs<'static> {
    /// The shipped ladder at its own tokens.
    #[must_use]
    pub fn shipped(cost: Cost) -> Self {
        Self { family: Library::edge_family(), d0: D0_TOKENS, cost }
    }
}
