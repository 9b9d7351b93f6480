//! What an evaluation talks to, and how it ends with nothing.

use std::io;

use crate::engine::EngineError;
use crate::eval::chat::task::ChatError;
use crate::eval::choice::ChoiceError;
use crate::eval::event::EvalEvent;

/// Why an evaluation gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The engine's reason.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Nobody listens.
    #[error("the host is gone: {0}")]
    Pipe(#[from] io::Error),
    /// The data, which could be read a moment ago.
    #[error(transparent)]
    Data(#[from] ChoiceError),
    /// The chat template fails.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// Not one task could be evaluated.
    #[error("{0}")]
    Nothing(String),
}

/// What an evaluation talks to.
pub struct Host<'a> {
    /// Hears what happens.
    pub tell: &'a dyn Fn(EvalEvent) -> io::Result<()>,
    /// Whether it asked for the end: the item in work is finished, and none after it begun.
    pub stop: &'a dyn Fn() -> bool,
}

/// Why something is missing, each reason once.
#[derive(Default)]
pub(super) struct Missing(pub(super) Vec<String>);

impl Missing {
    pub(super) fn add(&mut self, reason: String) {
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    pub(super) fn nothing(self) -> EvaluationError {
        EvaluationError::Nothing(self.0.join("; "))
    }
}
