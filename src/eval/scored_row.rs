//! What is asked of the engine for one sequence: its tokens, and where log-probabilities are read.

use crate::engine::Token;

/// A sequence and the places where log-probabilities are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The tokens to evaluate.
    pub tokens: Vec<Token>,
    /// What to read, in order of position.
    pub wants: Vec<Want>,
}

impl Row {
    /// Index of the first token whose logits are needed.
    #[must_use]
    pub fn first_output(&self) -> usize {
        self.wants.first().map_or(self.tokens.len(), |want| want.position)
    }
}

/// Log-probabilities to read after one token.
#[derive(Debug, Clone, PartialEq)]
pub struct Want {
    /// Index of the token in its row.
    pub position: usize,
    /// The next tokens in question.
    pub targets: Vec<Token>,
}

/// Log-probabilities of a row, by want and target, in nats.
pub type Logprobs = Vec<Vec<f64>>;
