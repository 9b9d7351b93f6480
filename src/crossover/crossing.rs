//! The document of `crossover`: a row a class and capability.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::curve::CurvePoint;
use crate::law::crossover::Limit;
use crate::law::crossover_shift::Change;
use crate::stat::Estimate;
use crate::unit::iso::IsoDate;

/// Whether the class runs the capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The date has passed.
    Crossed,
    /// The date is to come.
    Ahead,
    /// There is no date.
    Never,
}

impl Status {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crossed => "crossed",
            Self::Ahead => "ahead",
            Self::Never => "never",
        }
    }
}

/// Dates by limit; null where a limit never lets go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Dates {
    /// By memory.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub memory: Option<Estimate<Date>>,
    /// By decode speed.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub decode: Option<Estimate<Date>>,
    /// By time to the first token.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub prefill: Option<Estimate<Date>>,
}

/// The first release that met a capability on the hardware of its day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FirstRelease {
    /// The model.
    pub model: String,
    /// Its release date.
    #[schemars(with = "IsoDate")]
    pub date: Date,
}

/// Where class and capability stand today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Today {
    /// Parameters that fit and decode at speed.
    pub runnable_params: f64,
    /// Parameters that also meet the TTFT limit.
    pub responsive_params: f64,
    /// Parameters needed at the best density released so far among models that fit.
    pub required_params: f64,
    /// The model of that density.
    pub densest: String,
    /// Runnable over required: above 1 is headroom.
    pub headroom: f64,
}

/// What a factor 2 moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Shift {
    /// The change.
    pub change: Change,
    /// Months by which the headline date moves; null where there is no date.
    pub months: Option<f64>,
}

/// A class or device and a capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Crossing {
    /// Class.
    pub class: String,
    /// The device whose own model stands for the class; its growth is the class's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Capability.
    pub capability: String,
    /// N̂ of the capability.
    pub effective_params: Estimate,
    /// Whether the headline date has passed.
    pub status: Status,
    /// Headline: memory and decode hold.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub date: Option<Estimate<Date>>,
    /// The TTFT-bound date: all three hold.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub date_with_ttft: Option<Estimate<Date>>,
    /// By limit.
    pub dates: Dates,
    /// The limit that falls last.
    pub binding: Limit,
    /// The first actual release, run at the class's 4-bit format within memory and decode.
    #[serde(rename = "realised")]
    pub first_release: Option<FirstRelease>,
    /// The class today.
    pub today: Today,
    /// Headline date by the law of all models, whether or not they fit the class.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub date_unrestricted: Option<Estimate<Date>>,
    /// Sensitivity of the headline date.
    pub sensitivity: Vec<Shift>,
    /// Both curves each half year from 2023 to 2029, for a figure.
    pub curve: Vec<CurvePoint>,
    /// Why there is no date, or what the law had to be fitted on.
    pub reason: Option<String>,
}
