//! What happens on a target while it is run, for whoever watches.

use super::protocol::Progress;

/// What happens on a target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TargetEvent {
    /// Looking what it is.
    Looking,
    /// Waiting until another target has been sent its files.
    Queued,
    /// Being sent a file.
    Sending {
        /// Bytes that are there.
        done: u64,
        /// Bytes of the file.
        of: u64,
    },
    /// The board at work.
    Working(Progress),
    /// Its files come.
    Collecting,
    /// Waiting before another attempt.
    Waiting {
        /// Seconds.
        seconds: f64,
        /// Why the last one failed.
        why: String,
    },
}
