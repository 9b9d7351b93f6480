//! The calibration set: model files of known content, and what this device took for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::gguf::{Header, Tensor};
use crate::model::recipe::{OUTPUT, TOKEN_EMBEDDING};

/// One file of the set: what a token costs in it, counted from its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalibrationFile {
    /// The model that the file was made of.
    pub model: String,
    /// The format it was made to.
    pub format: String,
    /// Weights that one decoded token reads, by tensor type: all matrices, a tied embedding once (as the output), one
    /// that is only looked up not at all, of experts the share that is used.
    pub read: BTreeMap<String, Weights>,
    /// Weights that every token of a prompt computes with: those above without embedding and output.
    pub computed: BTreeMap<String, Weights>,
    /// Layers.
    pub layers: f64,
    /// Elements of the attention heads of one layer: heads × head length.
    pub width: f64,
    /// Tokens that a layer looks back at most, where the model says so (taken for all layers).
    pub window: Option<f64>,
    /// Bytes of the file.
    pub file_bytes: f64,
}

/// Weights of one tensor type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weights {
    /// How many.
    pub values: f64,
    /// Bytes they take.
    pub bytes: f64,
}

/// A phase of inference whose cost is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Work {
    /// One token after another: every weight is read for each.
    Decode,
    /// A prompt in batches: every weight is computed with for each token.
    Prefill,
}

/// One measured row: seconds per token.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timing {
    /// Index of the file.
    #[serde(rename = "rung")]
    pub file: usize,
    /// Phase.
    pub work: Work,
    /// Tokens in the cache before the row.
    pub depth: f64,
    /// Tokens of the row.
    pub tokens: f64,
    /// Seconds for one token, mean of the repetitions.
    pub seconds: f64,
}

impl Timing {
    /// Tokens that the row's mean token looks back on.
    #[must_use]
    pub(crate) fn positions(&self, file: &CalibrationFile) -> f64 {
        let mean = self.depth + self.tokens / 2.0;
        file.window.map_or(mean, |window| mean.min(window))
    }
}

impl CalibrationFile {
    /// What a token costs in a file, counted from its header.
    #[must_use]
    pub(crate) fn of(header: &Header, model: &str, format: &str) -> Self {
        let facts = header.facts();
        let untied = header.tensors.iter().any(|tensor| tensor.name == OUTPUT);
        let used = facts.experts.zip(facts.experts_used).map_or(1.0, |(all, used)| used as f64 / all as f64);
        let mut read: BTreeMap<String, Weights> = BTreeMap::new();
        let mut computed: BTreeMap<String, Weights> = BTreeMap::new();
        for tensor in header.tensors.iter().filter(|tensor| tensor.dimensions.len() > 1) {
            let share = if tensor.name.contains("_exps.") { used } else { 1.0 };
            if !(tensor.name == TOKEN_EMBEDDING && untied) {
                add(&mut read, tensor, share);
            }
            if tensor.name != TOKEN_EMBEDDING && tensor.name != OUTPUT {
                add(&mut computed, tensor, share);
            }
        }
        let number = |value: Option<u64>| value.map_or(0.0, |value| value as f64);
        Self {
            model: model.to_owned(),
            format: format.to_owned(),
            read,
            computed,
            layers: number(facts.layers),
            width: number(facts.heads) * number(facts.key_length),
            window: facts.sliding_window.map(|window| window as f64),
            file_bytes: header.file_bytes.bytes() as f64,
        }
    }

    /// The weights that count in a phase.
    #[must_use]
    pub(crate) fn weights(&self, work: Work) -> &BTreeMap<String, Weights> {
        match work {
            Work::Decode => &self.read,
            Work::Prefill => &self.computed,
        }
    }

    /// Name in reports: model and format.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.model, self.format)
    }
}

fn add(weights: &mut BTreeMap<String, Weights>, tensor: &Tensor, share: f64) {
    let sum = weights.entry(tensor.kind.name.to_owned()).or_default();
    sum.values += tensor.values as f64 * share;
    sum.bytes += tensor.bytes as f64 * share;
}
