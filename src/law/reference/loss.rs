//! Conditional losses, and what they are taken over.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a conditional loss was taken over. Losses of different kinds are different quantities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Worked reasoning written by GPT-4o, then the answer: what the paper's curves were fitted on.
    Reasoning,
    /// Each data set's own gold text: letters, bare BBH targets, human MATH solutions, code.
    DatasetGold,
}

/// The unit of a conditional loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum LossUnit {
    /// Natural-log units per token of the continuation (depends on the tokenizer).
    #[serde(rename = "nats/token")]
    NatsPerToken,
    /// Bits per byte of the continuation (does not depend on the tokenizer).
    #[serde(rename = "bits/byte")]
    BitsPerByte,
}

impl LossKind {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::DatasetGold => "dataset-gold",
        }
    }
}

impl LossUnit {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NatsPerToken => "nats/token",
            Self::BitsPerByte => "bits/byte",
        }
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for LossUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LossKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Reasoning, Self::DatasetGold]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is no kind of loss: reasoning or dataset-gold"))
    }
}

impl FromStr for LossUnit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::NatsPerToken, Self::BitsPerByte]
            .into_iter()
            .find(|unit| unit.name() == text)
            .ok_or_else(|| format!("`{text}` is no unit of a loss: nats/token or bits/byte"))
    }
}

/// A conditional loss −log P(continuation | prompt) with what it was taken over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionalLoss {
    /// The loss, in `unit`.
    pub value: f64,
    /// The text it was taken over.
    pub kind: LossKind,
    /// Its unit.
    pub unit: LossUnit,
}
