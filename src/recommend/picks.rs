//! The document of `recommend`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::limits::{Limits, Use};
use super::machine::Basis;
use crate::stat::Estimate;
use crate::unit::iso::IsoDate;

/// What a device should run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Recommendations {
    /// The device.
    pub device: DeviceAsked,
    /// What was asked.
    pub limits: Limits,
    /// The files, the best first.
    pub picks: Vec<Pick>,
    /// How many more fit than are listed.
    pub more_fit: usize,
    /// The others, and why.
    pub left_out: Vec<LeftOut>,
    /// The day.
    #[schemars(with = "IsoDate")]
    pub today: Date,
    /// Seed of everything that was drawn.
    pub seed: u64,
}

/// The device that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeviceAsked {
    /// Its name.
    pub name: String,
    /// Its class: what is asked of a model unless it is typed, and the share of memory that a model may take.
    pub class: String,
    /// Memory, bytes.
    pub ram_bytes: f64,
    /// What a model may take of it, bytes.
    pub usable_bytes: f64,
    /// Theoretical memory bandwidth, GB/s.
    pub bandwidth_gbs: f64,
    /// What computes.
    pub backend: String,
    /// Where these numbers come from.
    pub source: String,
}

/// A file to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pick {
    /// The model, by its id in the catalogue.
    pub model: String,
    /// The file.
    pub file: String,
    /// Its quantisation.
    pub quantization: String,
    /// Its size, bytes.
    pub file_bytes: f64,
    /// Parameters used for a token.
    pub active_params: f64,
    /// Those that a token of the prompt is computed with: outside the embedding, where that is known.
    pub prompt_params: f64,
    /// Weights, cache and buffers at the context asked for, bytes.
    pub memory_bytes: Estimate,
    /// Decode speed after the prompt and half the answer.
    pub tokens_per_second: Estimate,
    /// Time to the first token of the prompt.
    pub first_token_seconds: Estimate,
    /// Effective parameters in this format; null with the reason in `basis`, where neither scores nor the law tell them.
    pub effective_params: Option<Estimate>,
    /// The five-benchmark mean that a base model of so many parameters reaches, percent.
    pub score: Option<Estimate>,
    /// Share of the score at 16 bits that the format keeps, by the mean of the five.
    pub kept_share: Option<f64>,
    /// Published scores of its base model at 16 bits, percent, by class of task.
    pub base_scores: BaseScores,
    /// Whether it meets every limit at the pessimistic end of its intervals.
    pub usable: bool,
    /// The limits that it meets in the middle and not at the pessimistic end.
    pub doubtful: Vec<String>,
    /// What each estimate rests on.
    pub basis: Bases,
    /// What binds, and what would help.
    pub why: String,
    /// When a release of half its parameters does as much, likelier than not; null where that is beyond thirty years, or the capability unknown.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub best_value_until: Option<Estimate<Date>>,
    /// What fetches and checks it.
    pub check: String,
}

/// Published scores by class of task, percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BaseScores {
    /// MMLU.
    pub knowledge: Option<f64>,
    /// Mean of BBH and MATH.
    pub reasoning: Option<f64>,
    /// Mean of HumanEval and MBPP.
    pub code: Option<f64>,
}

impl BaseScores {
    /// That of a class of task.
    #[must_use]
    pub const fn of(&self, wanted: Use) -> Option<f64> {
        match wanted {
            Use::Knowledge => self.knowledge,
            Use::Reasoning => self.reasoning,
            Use::Code => self.code,
        }
    }
}

/// What each estimate of a pick rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Bases {
    /// The speeds.
    pub speed: Basis,
    /// The memory.
    pub memory: String,
    /// The capability.
    pub capability: String,
    /// The release whose published scores that is read from; null where there are none, and the law's expectation stands in.
    pub scored_by: Option<String>,
}

impl Bases {
    /// True where the capability rests on published scores.
    #[must_use]
    pub const fn is_scored(&self) -> bool {
        self.scored_by.is_some()
    }
}

/// A model that is no pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LeftOut {
    /// Its id.
    pub model: String,
    /// The release whose published scores tell what it does; null where there are none.
    #[serde(default)]
    pub release: Option<String>,
    /// Why not.
    pub reason: String,
}
