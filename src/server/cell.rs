//! What is asked of a server: the shapes of a bench, at so many requests at once.

use super::prompt::FEWEST;
use crate::bench::plan::{Phase, Shape};

/// A shape at a concurrency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The shape. `tokens` are those of one request.
    pub(crate) shape: Shape,
    /// Requests at once.
    pub(crate) concurrency: u32,
}

impl Cell {
    /// Tokens of the prompt of each request.
    pub(crate) fn prompt_tokens(&self) -> u32 {
        match self.shape.phase {
            Phase::Prefill => self.shape.tokens,
            // No server answers to nothing: the shortest prompt stands for an empty cache.
            Phase::Decode => self.shape.depth.max(FEWEST),
        }
    }

    /// Tokens of the answer of each request: one ends a prefill.
    pub(crate) const fn answer_tokens(&self) -> u32 {
        match self.shape.phase {
            Phase::Prefill => 1,
            Phase::Decode => self.shape.tokens,
        }
    }
}
