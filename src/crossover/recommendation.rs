//! What to run on a device of known rates now.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::inputs::{Inputs, LEVEL};
use super::requirements::Requirements;
use crate::device::rates::Rates;
use crate::law::densing::DensingLaw;
use crate::stat::{Estimate, TWO_SIDED_95};
use crate::unit::iso::IsoDate;

/// The release to run here now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Recommendation {
    /// Its name.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub released: Date,
    /// All parameters.
    pub total_params: f64,
    /// Parameters used per token.
    pub active_params: f64,
    /// The format to run it in.
    pub format: String,
    /// N̂·q: effective parameters in that format.
    pub effective_params: Estimate,
    /// Decode speed after the prompt and half the answer, tokens per second.
    pub tokens_per_second: Estimate,
    /// Seconds to the first token of the prompt.
    pub first_token_seconds: Estimate,
    /// Weights, cache and buffers, bytes.
    pub memory_bytes: f64,
    /// When the law of all models needs half its parameters for the same capability.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub best_value_until: Option<Estimate<Date>>,
    /// The first release that already does so.
    pub succeeded_by: Option<String>,
}

/// The release with most effective parameters that fits the memory and decodes in time.
#[must_use]
pub fn recommend(inputs: &Inputs, rates: &Rates, required: Requirements) -> Option<Recommendation> {
    let fits = |total: f64, active: f64| {
        rates.memory_bytes(total, required.context()) <= rates.usable_bytes
            && rates.decode_seconds(active, required.depth()) * required.min_tps <= 1.0
    };
    let released = || inputs.releases.iter().filter(|model| model.date <= inputs.today);
    let best = released().filter(|model| fits(model.total_params, model.active_params)).max_by(|a, b| {
        let smaller = b.total_params.total_cmp(&a.total_params);
        a.effective_params.total_cmp(&b.effective_params).then(smaller)
    })?;
    let within = |point: f64, deviation: f64| {
        Estimate::new(
            point,
            point * (-TWO_SIDED_95 * deviation).exp(),
            point * (TWO_SIDED_95 * deviation).exp(),
            LEVEL,
            "log-normal",
        )
    };
    let law = DensingLaw::fit(inputs.densities.iter().map(|(density, _)| density.clone()).collect()).ok();
    let density = best.effective_params / best.total_params;
    let successor = released()
        .filter(|other| {
            other.effective_params >= best.effective_params && other.total_params * 2.0 <= best.total_params
        })
        .min_by_key(|other| other.date);
    Some(Recommendation {
        model: best.model.clone(),
        released: best.date,
        total_params: best.total_params,
        active_params: best.active_params,
        format: rates.format.clone(),
        effective_params: within(best.effective_params * inputs.format.ratio, inputs.format.deviation),
        tokens_per_second: within(
            1.0 / rates.decode_seconds(best.active_params, required.depth()),
            rates.decode_deviation,
        ),
        first_token_seconds: within(
            rates.first_token_seconds(best.active_params, required.prompt),
            rates.prefill_deviation,
        ),
        memory_bytes: rates.memory_bytes(best.total_params, required.context()),
        best_value_until: law.and_then(|law| law.reaches(2.0 * density, LEVEL)),
        succeeded_by: successor.map(|model| model.model.clone()),
    })
}
