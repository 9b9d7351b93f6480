//! The law of the models that fit a class, and of all.

use super::capacity::Capacity;
use super::error::CrossingError;
use super::inputs::Inputs;
use crate::law::densing::DensingLaw;
use crate::law::exponential::Exponential;
use crate::law::frontier::{DatedDensity, days_since_origin};
use crate::stat::Bootstrap;

/// The law of the models that fit a class, and of all.
#[derive(Debug, Clone)]
pub struct ClassLaw {
    /// Of the models that fit the class.
    pub restricted: Exponential,
    /// Of all models.
    pub unrestricted: Exponential,
    /// The best density released so far among models that fit.
    pub best_density: f64,
    /// The model of that density.
    pub densest: String,
    /// What the law had to be fitted on instead.
    pub remark: Option<String>,
}

fn law_of(models: Vec<DatedDensity>, run: Bootstrap) -> Result<Exponential, CrossingError> {
    let law = DensingLaw::fit(models)?;
    let series = law.frontier.series();
    Exponential::from_envelope(&series, &law.line, Bootstrap { resamples: run.resamples.min(500), ..run })
        .ok_or(CrossingError::NoSpread { models: series.days.len() })
}

impl ClassLaw {
    /// Fits both; where too few models fit the class, the law of all stands in and says so.
    ///
    /// # Errors
    /// The models give no law at all.
    pub fn of(inputs: &Inputs, capacity: &Capacity) -> Result<Self, CrossingError> {
        let all: Vec<DatedDensity> = inputs.densities.iter().map(|(density, _)| density.clone()).collect();
        let fitting: Vec<DatedDensity> = inputs
            .densities
            .iter()
            .filter(|(density, params)| *params <= capacity.runnable.usable(days_since_origin(density.date)))
            .map(|(density, _)| density.clone())
            .collect();
        // What can be run today is what has been released, by the newer tables too; a mixture's density needs another
        // definition and stays out.
        let room = capacity.runnable.usable(days_since_origin(inputs.today));
        let released = inputs
            .releases
            .iter()
            .filter(|model| model.date <= inputs.today && model.active_params >= model.total_params)
            .map(|model| (model.effective_params / model.total_params, model.total_params, &model.model));
        let drawn = inputs.densities.iter().filter(|(density, _)| density.date <= inputs.today);
        let known: Vec<(f64, f64, &String)> =
            drawn.map(|(density, params)| (density.density, *params, &density.model)).chain(released).collect();
        let fits = known.iter().filter(|model| model.1 <= room).max_by(|a, b| a.0.total_cmp(&b.0));
        let (best_density, _, densest) = *fits.ok_or(CrossingError::NothingFits { room })?;
        let densest = densest.clone();
        let unrestricted = law_of(all, inputs.run)?;
        let count = fitting.len();
        let (restricted, remark) = match law_of(fitting, inputs.run) {
            Ok(restricted) => (restricted, None),
            Err(error) => {
                let remark = format!("law of all models: only {count} fit the class on their release ({error})");
                (unrestricted, Some(remark))
            }
        };
        Ok(Self { restricted, unrestricted, best_density, densest, remark })
    }
}
