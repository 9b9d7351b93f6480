//! What one concrete device runs today, and when it meets GPT-4's level: the end of the main job.

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
use crate::unit::Params;

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

    /// What it runs today and when it meets GPT-4's level, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let runs = match (&self.effective_params, &self.recommendation, &self.reason) {
            (Some(params), Some(by), _) => {
                let params = params.clone().map(Params::from_count);
                format!("this machine runs {params} effective parameters today, in {}", by.model)
            }
            (_, _, reason) => {
                format!("this machine runs no listed release today ({})", reason.as_deref().unwrap_or("none fits"))
            }
        };
        format!("{runs}; GPT-4's level: {} ({}; growth of class {})", Answer(&self.gpt_4), self.basis, self.growth_of)
    }
}
