//! What came back for one request: when each piece of text arrived, and what the server says of it.

use super::wire::{Timings, Usage};

/// Gaps below this, nanoseconds, are no time of a model: 50 000 tokens a second, in one stream.
const TOGETHER_NS: u64 = 20_000;

/// One answer. Times are nanoseconds of the same clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// When the request began: before the connection, as for a user who comes anew.
    pub(super) start_ns: u64,
    /// Arrival of every piece with text.
    pub(super) pieces_ns: Vec<u64>,
    /// Pieces without text.
    pub(super) empty: u64,
    /// The server's count.
    pub(super) usage: Option<Usage>,
    /// The server's clock.
    pub(super) timings: Option<Timings>,
    /// Its build, where it tells.
    pub(super) fingerprint: Option<String>,
    /// Why it stopped: `length`, `stop`, …
    pub(super) finish: Option<String>,
}

impl Answer {
    /// Nanoseconds from the request to the first text.
    pub(super) fn first_ns(&self) -> u64 {
        self.pieces_ns.first().map_or(0, |first| first.saturating_sub(self.start_ns))
    }

    /// Nanoseconds from the first piece of text to the last.
    pub(super) fn stream_ns(&self) -> u64 {
        self.pieces_ns.first().zip(self.pieces_ns.last()).map_or(0, |(first, last)| last.saturating_sub(*first))
    }

    /// Nanoseconds between the pieces.
    pub(super) fn gaps_ns(&self) -> impl Iterator<Item = u64> {
        self.pieces_ns.windows(2).map(|pair| pair[1].saturating_sub(pair[0]))
    }

    /// Gaps that are none: pieces that came together.
    pub(super) fn together(&self) -> usize {
        self.gaps_ns().filter(|gap| *gap < TOGETHER_NS).count()
    }

    /// Pieces with text.
    pub(super) fn pieces(&self) -> u64 {
        self.pieces_ns.len() as u64
    }

    /// Tokens of the prompt by the server's count.
    pub(super) fn prompt_tokens(&self) -> Option<u64> {
        self.usage.as_ref()?.prompt_tokens
    }

    /// Tokens of the answer by the server's count.
    pub(super) fn completion_tokens(&self) -> Option<u64> {
        self.usage.as_ref()?.completion_tokens
    }

    /// Prompt tokens that the server took from a cache, where it tells.
    pub(super) fn cached_tokens(&self) -> Option<u64> {
        let details = self.usage.as_ref().and_then(|usage| usage.prompt_tokens_details.as_ref()?.cached_tokens);
        details.or_else(|| self.timings.as_ref()?.cache_n)
    }
}
