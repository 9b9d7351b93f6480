//! A model that was timed on this very device.

use serde::{Deserialize, Serialize};

/// How fast a model ran on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSpeed {
    /// The model.
    pub model: String,
    /// When.
    pub measured: jiff::Timestamp,
    /// Parameters that a token of the prompt is computed with.
    pub prompt_params: f64,
    /// Bytes of the file that decoding a token reads.
    pub read_bytes: f64,
    /// Prefill of 512 tokens, tokens per second.
    pub prefill: f64,
    /// Decode at the start, tokens per second.
    pub decode: f64,
}

impl OwnSpeed {
    /// True where every number is one that a device can have.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let sizes = [self.prompt_params, self.read_bytes];
        let speeds = [self.prefill, self.decode];
        sizes.into_iter().all(|number| (1e4..=1e15).contains(&number))
            && speeds.into_iter().all(|number| (1e-4..=1e7).contains(&number))
    }
}
