//! How a command ends.

/// How a command ended, short of an error (see `docs` of the exit codes in the README).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything asked for was done (exit code 0).
    Done,
    /// An audit or a comparison found a drop (exit code 3).
    Dropped,
    /// Done, but some rows failed (exit code 4).
    SomeFailed,
}

/// A mistake in what was typed (exit code 2), found after clap was content.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub String);
