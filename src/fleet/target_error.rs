//! Why an attempt on a target failed, and whether another may go better.

use std::time::Duration;

use super::fetch::FetchError;
use super::program::ProgramError;
use super::transport_error::TransportError;

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TargetError {
    #[error("{0}")]
    Transport(#[from] TransportError),
    #[error("the board is locked: {0} is at work there")]
    Locked(String),
    #[error("{0}")]
    Agent(String),
    #[error("it holds no run {0}")]
    NoRun(String),
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Program(#[from] ProgramError),
    #[error("not done within the {} s of its time limit; `fleet run --resume` goes on with it", .0.as_secs_f64())]
    TooLong(Duration),
}

impl TargetError {
    /// Whether something took longer than it was given.
    pub(super) const fn timed_out(&self) -> bool {
        matches!(
            self,
            Self::Transport(TransportError::TimedOut(_))
                | Self::Fetch(FetchError::Transport(TransportError::TimedOut(_)))
        )
    }

    /// Whether another attempt may go better.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Transport(error) | Self::Fetch(FetchError::Transport(error)) => error.is_transient(),
            // After a broken connection the board's old process may need a moment to notice.
            Self::Locked(_) => true,
            _ => false,
        }
    }
}
