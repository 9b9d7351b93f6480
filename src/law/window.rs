//! How long a model stays the best value: until the frontier needs half its parameters for the same capability.

use jiff::civil::Date;

use super::densing::DensingLaw;
use crate::stat::Estimate;

/// The window of one model. Half the parameters for the same capability is twice the density.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The model.
    pub model: String,
    /// Its release.
    pub opened: Date,
    /// Its density.
    pub density: f64,
    /// When the law's line reaches twice its density, with the dates whose prediction band holds it;
    /// `None` unless the law rises.
    pub until: Option<Estimate<Date>>,
    /// The first release with twice the density, of whatever date: where it precedes the model, the window never
    /// opened. `None` while no release has done it.
    pub succeeded_by: Option<(String, Date)>,
}

/// The windows of all models in order of release.
#[must_use]
pub fn windows(law: &DensingLaw, level: f64) -> Vec<Window> {
    law.frontier
        .models()
        .iter()
        .map(|model| Window {
            model: model.model.clone(),
            opened: model.date,
            density: model.density,
            until: law.reaches(2.0 * model.density, level),
            succeeded_by: law
                .frontier
                .models()
                .iter()
                .find(|other| other.density >= 2.0 * model.density)
                .map(|other| (other.model.clone(), other.date)),
        })
        .collect()
}
