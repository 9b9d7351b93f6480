//! Why a script on a target gave nothing, and whether another attempt may go better.

use std::time::Duration;

/// Why a script on a target gave nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TransportError {
    /// ssh, adb or sh is not there.
    #[error("{program} cannot be started: {reason}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        reason: String,
    },
    /// The host shows another key than the known one, or none is known.
    #[error("host key refused: {0}")]
    HostKey(String),
    /// The target does not let us in.
    #[error("no access: {0}")]
    Denied(String),
    /// The target is not there, or the connection broke.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The script ended with an exit code.
    #[error("{}", said_or_code(said, *code))]
    Failed {
        /// The exit code.
        code: Option<i32>,
        /// The last of what it said.
        said: String,
    },
    /// More came than was asked for.
    #[error(
        "sent more than the {0} bytes that were asked for; the rest was not read (an account that prints at logout does that)"
    )]
    TooMuch(u64),
    /// What came is not what was asked for.
    #[error("sent something else than asked for: {0}")]
    Garbled(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
    /// Reading or writing here failed.
    #[error("{0}")]
    Here(String),
}

/// What a program said, or else how it ended.
pub(super) fn said_or_code(said: &str, code: Option<i32>) -> String {
    match (said.is_empty(), code) {
        (false, _) => said.to_owned(),
        (true, Some(code)) => format!("ended with exit code {code} and no word"),
        (true, None) => "was killed".to_owned(),
    }
}

impl TransportError {
    /// Whether another attempt may go better.
    #[must_use]
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_))
    }
}
