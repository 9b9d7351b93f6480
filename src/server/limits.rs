//! What one request may cost: seconds, bytes, letters of a line, pieces.

use std::time::Duration;

/// Bytes of a piece of text at most, on average, with all that a server puts around it.
const BYTES_OF_A_PIECE: u64 = 4 << 10;

/// Bytes of an answer beside its pieces: comments that keep a connection alive, usage, timings.
const BYTES_BESIDE: u64 = 1 << 20;

/// Pieces beyond the tokens asked for: one that begins, one that ends, one with the usage, and what servers add.
const PIECES_BESIDE: u64 = 64;

/// The bounds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Wall time from the connection to the last byte.
    pub(crate) time: Duration,
    /// Bytes of the body.
    pub(crate) bytes: u64,
    /// Bytes of a line.
    pub(crate) line: usize,
    /// Pieces, with or without text.
    pub(crate) pieces: u64,
}

impl Limits {
    /// For an answer of so many tokens. Twice the pieces are read: by then it is clear that the server does not stop.
    pub(crate) fn of(tokens: u32, time: Duration) -> Self {
        let pieces = 2 * u64::from(tokens) + PIECES_BESIDE;
        Self { time, bytes: BYTES_BESIDE + pieces * BYTES_OF_A_PIECE, line: 256 << 10, pieces }
    }
}
