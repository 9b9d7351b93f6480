//! The document of `crossover`: a row a class and capability. All of it is read from one distribution F(t), the probability
//! that by day t there is a release that meets the capability and fits the class.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::curve::CurvePoint;
use super::doubt::Shift;
use crate::density::reference_family::DensityFamily;
use crate::law::arrival::room::Limit;
use crate::stat::Estimate;
use crate::unit::iso::IsoDate;

/// Whether the class runs the capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// F(today) is one half or more.
    Crossed,
    /// F reaches one half within thirty years.
    Ahead,
    /// It does not.
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

/// Dates by limit, as if it were the only one; null where it is not within thirty years.
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

/// The first release that by itself met the capability on the class, likelier than not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Realised {
    /// The model.
    pub model: String,
    /// The day from which it did: that of its release, or the later one on which the class came to hold it.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Probability that it does, today; absent in reports of before 27 November 2026.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// A release that may have met the capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Carrier {
    /// The model.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub released: Date,
    /// Probability that it alone meets the capability in the format and fits, today.
    pub probability: f64,
}

/// F(today).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MetToday {
    /// The probability.
    pub probability: f64,
    /// The likeliest release; null where none has any chance.
    pub model: Option<String>,
}

/// The format that the class runs, and what it leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FormatCost {
    /// Its name.
    pub name: String,
    /// Bits of file per weight.
    pub bits_per_weight: f64,
    /// Effective parameters in it over those at 16 bits, of a new model of as many parameters as run today.
    pub kept: Estimate,
}

/// A quantile of F.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Quantile {
    /// The probability.
    pub probability: f64,
    /// First day on which F is so much; null where that is not within thirty years.
    #[schemars(with = "Option<IsoDate>")]
    pub date: Option<Date>,
}

/// Where class and capability stand today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Today {
    /// Parameters of a dense model that fit and decode at speed.
    pub runnable_params: f64,
    /// Parameters that also meet the TTFT limit.
    pub responsive_params: f64,
    /// Parameters with which, at the class's own doubt, F(today) would be one half; null where no listed release of any
    /// size would do.
    pub required_params: Option<f64>,
    /// Runnable over required: at least 1 exactly where F(today) is one half or more.
    pub headroom: Option<f64>,
}

/// Whether a family goes without saying.
fn is_of_the_paper(family: &DensityFamily) -> bool {
    *family == DensityFamily::Xiao2025
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
    /// The family that its level is of; absent: the paper's.
    #[serde(default, skip_serializing_if = "is_of_the_paper")]
    pub family: DensityFamily,
    /// N̂ of the capability, with the doubt of another evaluation.
    pub effective_params: Estimate,
    /// The format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatCost>,
    /// F(today). Absent in reports of before 27 November 2026, whose dates continue the paper's trend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_today: Option<MetToday>,
    /// Whether F(today) is one half or more.
    pub status: Status,
    /// Headline: the median of F for memory and decode, with its 95 % interval.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub date: Option<Estimate<Date>>,
    /// The TTFT-bound date: all three hold.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub date_with_ttft: Option<Estimate<Date>>,
    /// By limit.
    pub dates: Dates,
    /// The limit that falls last.
    pub binding: Limit,
    /// Quantiles of F for memory and decode.
    #[serde(default)]
    pub quantiles: Vec<Quantile>,
    /// Probability that no release does it within thirty years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<f64>,
    /// The first release whose own probability passes one half.
    pub realised: Option<Realised>,
    /// The first release whose published scores say so, taken at their word and in the format's usual cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_published_scores: Option<Realised>,
    /// The likeliest releases, at most five.
    #[serde(default)]
    pub carriers: Vec<Carrier>,
    /// The class today.
    pub today: Today,
    /// How far the date moves with what one may doubt; empty where it was not asked for.
    #[serde(default)]
    pub sensitivity: Vec<Shift>,
    /// Both curves each half year from 2023 to 2029, for a figure.
    pub curve: Vec<CurvePoint>,
    /// Why there is no date.
    pub reason: Option<String>,
}
