//! What an audit of two files measured, as its record tells it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::law::audit::Verdict;
use crate::model::relation::Relation;
use crate::stat::Estimate;

/// Everything that was measured of two files. A part is absent where it was not asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Why the compressed model could not be evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Losses over all items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossPair>,
    /// Items that one of the two could not be measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpaired_items: Option<usize>,
    /// Task by task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<BTreeMap<String, TaskPair>>,
    /// Why the verdict rests on what it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_reason: Option<String>,
    /// How far the distributions of the next token lie apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Divergence>,
    /// How many items there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<ItemCount>,
    /// The looks of a sequential audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Looks>,
    /// The error rate of the tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<ErrorRate>,
    /// How the files are related: null where that is not known, absent where there are no files.
    #[serde(default, rename = "kinship", deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub relation: Option<Option<Relation>>,
    /// Both files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<BothFiles>,
    /// Both speeds on this device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<BothSpeeds>,
    /// Whether the engine was the deterministic double: then the numbers say nothing about any model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mock: Option<bool>,
    /// Its place among the formats of a sweep.
    #[serde(default, rename = "rung", skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepPoint>,
}

impl Measured {
    /// Loss of the original, bits per byte.
    #[must_use]
    pub fn original_loss(&self) -> Option<f64> {
        Some(self.loss.as_ref()?.original.as_ref()?.point)
    }

    /// Loss of the compressed model, bits per byte.
    #[must_use]
    pub fn compressed_loss(&self) -> Option<f64> {
        Some(self.loss.as_ref()?.compressed.as_ref()?.point)
    }
}

/// A field that is there, be it null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Losses of both models over the same texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LossPair {
    /// `bits per byte`.
    pub unit: Cow<'static, str>,
    /// Items that both have a loss of.
    pub items: usize,
    /// UTF-8 bytes of their texts.
    pub bytes: u64,
    /// Of the original.
    pub original: Option<Estimate>,
    /// Of the compressed model.
    pub compressed: Option<Estimate>,
}

/// One task under both models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskPair {
    /// Items that both have.
    pub items: usize,
    /// Score of the original, percent.
    pub score_original: Option<Estimate>,
    /// Score of the compressed model, percent.
    pub score_compressed: Option<Estimate>,
    /// Both losses.
    pub loss: LossPair,
    /// The test of this task, one of the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TaskTest>,
    /// The difference of the scores, whatever the verdict rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_difference: Option<ScoreDifference>,
}

/// The test of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskTest {
    /// What changed.
    #[serde(flatten)]
    pub effect: TaskEffect,
    /// One-sided p-value of "no drop".
    pub p_value: f64,
    /// The same after Holm.
    pub p_adjusted: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// Smallest drop that this run would have found with power 0.8.
    pub detectable_drop: Option<f64>,
}

/// What a task is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskEffect {
    /// Score of the compressed model less that of the original, points.
    ScoreDifference(Option<Estimate>),
    /// Loss of the original over that of the compressed model.
    LossRatio(Option<Estimate>),
}

/// The score difference of one task, at the level of a test alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreDifference {
    /// Compressed less original, points.
    pub points: Option<Estimate>,
    /// One-sided p-value of "no drop".
    pub p_value: f64,
    /// Items that both answered.
    pub items: u64,
    /// Items that one of the two answered right and the other wrong.
    pub discordant: LostAndWon,
    /// Smallest drop in points that would have been found with power 0.8.
    pub detectable_drop: Option<f64>,
}

/// Answers that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LostAndWon {
    /// Right before, wrong after.
    pub lost: u64,
    /// Wrong before, right after.
    pub won: u64,
}

/// The distance of the compressed model's distributions from the original's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Divergence {
    /// Mean Kullback-Leibler divergence of a token, nats.
    pub kl_nats: Option<Estimate>,
    /// Share of tokens at which both find the same one most probable.
    pub top_token_agreement: Option<Estimate>,
    /// How the divergence is spread over the tokens.
    #[serde(flatten)]
    pub spread: Option<KlSpread>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How the Kullback-Leibler divergence is spread over the tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KlSpread {
    /// Its median.
    pub median_kl_nats: Option<f64>,
    /// Its 99th percentile.
    pub p99_kl_nats: Option<f64>,
    /// The largest.
    pub max_kl_nats: Option<f64>,
    /// Tokens that were compared.
    pub tokens: usize,
    /// Items that they are of.
    pub items: usize,
    /// From which model to which, and over what.
    pub direction: Cow<'static, str>,
}

/// Items of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemCount {
    /// Drawn for the whole audit.
    pub planned: usize,
    /// Evaluated until the verdict was sure.
    pub used: usize,
}

/// The looks of a sequential audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Looks {
    /// Looks taken.
    pub looks: usize,
    /// Looks planned.
    pub of: usize,
    /// One-sided error rate over all of them.
    pub error_rate: f64,
    /// Whether items were left.
    pub stopped_early: bool,
    /// The test.
    pub method: Cow<'static, str>,
}

/// The error rate of the tests of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRate {
    /// Of the family, one-sided.
    pub one_sided: f64,
    /// What belongs to the family.
    pub family: Cow<'static, str>,
    /// Power at which detectable drops are told.
    pub power: f64,
}

/// The two files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BothFiles {
    /// The original.
    pub original: FileSize,
    /// The compressed model.
    pub compressed: FileSize,
}

/// How large a model file is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FileSize {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Parameters.
    pub params: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the weights alone.
    pub weight_bytes: f64,
    /// Bits per weight.
    pub bits_per_weight: f64,
}

/// The speeds of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BothSpeeds {
    /// Of the original.
    pub original: RequestSpeed,
    /// Of the compressed model; null where it could not be timed.
    pub compressed: Option<RequestSpeed>,
}

/// How fast a model answers one request on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestSpeed {
    /// Tokens of the prompt a second.
    pub prefill_tokens_per_second: Estimate,
    /// Generated tokens a second.
    pub decode_tokens_per_second: Estimate,
    /// Seconds of the request.
    pub seconds_per_request: f64,
    /// Whether both rows are valid.
    pub valid: bool,
}

/// The place of a format among those that a model was requantised to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SweepPoint {
    /// The format with its bits per weight.
    pub name: String,
    /// Bits per weight.
    pub bits_per_weight: Option<f64>,
    /// Whether no other format is at least as good in bytes, seconds and loss.
    pub pareto: bool,
    /// Whether it is the best for this device.
    pub best: bool,
    /// What the two words mean.
    pub rule: Cow<'static, str>,
}
