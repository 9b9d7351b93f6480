//! What one concrete device runs today, and when it meets GPT-4's level: the end of the main job.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::crossing::Crossing;
use super::error::CrossingError;
use super::inputs::Inputs;
use super::plan::{CrossoverPlan, Device, of_device};
use super::recommendation::{Recommendation, recommend};
use super::requirements::Requirements;
use super::target::{GPT_4, Target};
use super::verdict::Answer;
use crate::stat::Estimate;
use crate::unit::{Bytes, Params};

/// A device with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeviceToday {
    /// What the rates rest on.
    pub basis: String,
    /// Class whose growth projects the device.
    pub growth_of: String,
    /// Effective parameters that the device runs today, by the best release that fits; null with `reason`.
    pub effective_params: Option<Estimate>,
    /// GPT-4's level on this device.
    pub gpt_4: Crossing,
    /// What to run; null with `reason`.
    pub recommendation: Option<Recommendation>,
    /// Why there is none.
    pub reason: Option<String>,
}

impl DeviceToday {
    /// The verdict on a device of known rates: what it runs on the day of the inputs, and when it meets GPT-4's level.
    ///
    /// # Errors
    /// A device or a library that gives no crossing.
    pub fn of(device: &Device<'_>, inputs: &Inputs<'_>) -> Result<Self, CrossingError> {
        let target = Target::named(GPT_4, inputs.library)?;
        let plan = CrossoverPlan::usual(vec![device.class], vec![target]);
        let gpt_4 = of_device(device, &plan, inputs)?.crossings.remove(0);
        let required = Requirements::of(device.class);
        let recommendation = recommend(inputs, device.rates, required);
        Ok(Self {
            basis: device.rates.basis.clone(),
            growth_of: device.class.id.clone(),
            effective_params: recommendation.as_ref().map(|found| found.effective_params.clone()),
            reason: recommendation
                .is_none()
                .then(|| format!("no listed release fits this device at {} tokens/s", required.min_tps)),
            recommendation,
            gpt_4,
        })
    }

    /// The two sentences that end a run.
    #[must_use]
    pub fn sentences(&self, today: Date) -> Vec<String> {
        let runs = match (&self.effective_params, &self.reason) {
            (Some(params), _) => format!("this machine runs {} effective parameters today", Interval(params)),
            (None, reason) => {
                format!("this machine runs no listed release today ({})", reason.as_deref().unwrap_or("none fits"))
            }
        };
        let first = format!(
            "{runs}; GPT-4's level: {} ({}; growth of class {})",
            Answer(&self.gpt_4),
            self.basis,
            self.growth_of
        );
        let Some(best) = &self.recommendation else { return vec![first] };
        let until = match (&best.best_value_until, &best.succeeded_by) {
            (Some(date), Some(model)) if date.point <= today => {
                format!("but {model} does as much with half its parameters")
            }
            (Some(date), _) if date.point <= today => {
                format!("releases of half its parameters likely do as much since {}", date.point)
            }
            (Some(date), _) => format!("likely best value until {date}"),
            (None, _) => "no release of half its parameters is likely to do as much within thirty years".to_owned(),
        };
        let second = format!(
            "run {} ({}, released {}) in {} here: {} t/s expected, first token after {} s, {} of memory; {until}",
            best.model,
            Params::from_count(best.total_params),
            best.released,
            best.format,
            Plain(&best.tokens_per_second),
            Plain(&best.first_token_seconds),
            Bytes::from_bytes(best.memory_bytes as u64),
        );
        vec![first, second]
    }
}

/// Parameters with their interval.
struct Interval<'a>(&'a Estimate);

impl fmt::Display for Interval<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().map(Params::from_count).fmt(f)
    }
}

/// A number with its interval, to three digits.
struct Plain<'a>(&'a Estimate);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0.point < 10.0 { 2 } else { 0 };
        write!(f, "{:.decimals$}", self.0)
    }
}
