//! The wire form of `crossover`.

use jiff::civil::Date;
use serde::Serialize;

use super::crossover_curve::CurvePoint;
use super::schema::IsoDate;
use crate::stat::Estimate;

/// Whether the class runs the capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The date has passed.
    Crossed,
    /// The date is to come.
    Ahead,
    /// There is no date.
    Never,
}

/// Dates by limit; null where a limit never lets go.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Realised {
    /// The model.
    pub model: String,
    /// Its release date.
    #[schemars(with = "IsoDate")]
    pub date: Date,
}

/// Where class and capability stand today.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Shift {
    /// The change.
    pub change: &'static str,
    /// Months by which the headline date moves; null where there is no date.
    pub months: Option<f64>,
}

/// One row of `crossover`.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Row {
    /// Class.
    pub class: String,
    /// The device whose own model stands for the class; its growth is the class's.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub binding: &'static str,
    /// The first actual release, run at the class's 4-bit format within memory and decode.
    pub realised: Option<Realised>,
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
