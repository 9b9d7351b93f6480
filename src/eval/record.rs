//! One line of the item log.

use serde::{Deserialize, Serialize};

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The run's key (see [`super::journal::Key`]), shortened.
    pub key: String,
    /// The item, as in the data.
    pub id: String,
    /// SHA-256 of the text that the prediction was made from (the loss context under loss only), without BOS.
    pub prompt_sha256: String,
    /// SHA-256 of the text before the gold continuation, without BOS.
    pub context_sha256: String,
    /// SHA-256 of the gold continuation.
    pub continuation_sha256: String,
    /// Tokens of the context, BOS included where the model has one.
    pub context_tokens: u32,
    /// SHA-256 of the context's token ids as little-endian 32-bit integers.
    pub context_tokens_sha256: String,
    /// Tokens of the gold continuation.
    pub continuation_tokens: u32,
    /// SHA-256 of the continuation's token ids as little-endian 32-bit integers.
    pub continuation_tokens_sha256: String,
    /// UTF-8 bytes of the gold continuation.
    pub continuation_bytes: u32,
    /// The answer that was read; null where there was none, or none was asked for.
    pub prediction: Option<String>,
    /// The gold answer; null where tests decide.
    pub gold: Option<String>,
    /// Whether the prediction is right; null where it was not asked for or could not be decided.
    pub correct: Option<bool>,
    /// Log-probabilities of the options in their order, in nats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<Vec<f64>>,
    /// The generated text, its stop cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<String>,
    /// Why the generated text ended: `stop`, `end` or `length`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// Negative log-likelihood of the gold continuation, in nats; null where it could not be measured.
    pub nll_nats: Option<f64>,
    /// Why something above is null though it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
