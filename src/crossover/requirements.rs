//! What is asked of a device.

use crate::device::class_spec::ClassSpec;

/// What is asked of a device; starts from the class's own values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Requirements {
    /// Least decode speed in tokens per second.
    pub min_tps: f64,
    /// Longest time to the first token in seconds.
    pub max_ttft: f64,
    /// Prompt in tokens.
    pub prompt: f64,
    /// Tokens written after it: a device's own decode speed is judged after the prompt and half of them.
    pub output: f64,
}

/// Tokens of an answer.
const OUTPUT: f64 = 256.0;

impl Requirements {
    /// Tokens in the cache while the middle of the answer is written.
    #[must_use]
    pub fn depth(&self) -> f64 {
        self.prompt + self.output / 2.0
    }

    /// Tokens of prompt and answer together.
    #[must_use]
    pub fn context(&self) -> f64 {
        self.prompt + self.output
    }

    /// The class's own.
    #[must_use]
    pub fn of(class: &ClassSpec) -> Self {
        Self {
            min_tps: class.target_tokens_per_second,
            max_ttft: class.max_ttft_seconds,
            prompt: f64::from(class.prompt_tokens),
            output: OUTPUT,
        }
    }
}
