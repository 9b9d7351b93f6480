//! A forecast that was published, held to the law and to what was released.

use std::fmt;

use jiff::civil::{Date, date};
use serde::Serialize;

use super::crossover::{LEVEL, RowError, Setting, Target, ln_deviation};
use super::crossover_budget::Budget;
use crate::law::densing::{DensingLaw, LawError};
use crate::law::frontier::days_since_origin;
use crate::stat::{Estimate, RegressionError};
use crate::unit::Params;

/// A release that reaches the capability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// The model.
    pub model: String,
    /// Its release date.
    pub date: Date,
    /// Its total parameters.
    pub params: f64,
}

/// The forecast as one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// The claim.
    pub claim: &'static str,
    /// Parameters it names.
    pub params: f64,
    /// The day it names.
    pub by: Date,
    /// Parameters that the law of all models gives for the capability on that day, at 16 bits.
    pub law_params: Estimate,
    /// Whether a listed base release of that size reached the capability in time.
    pub held: bool,
    /// The smallest listed base release that had reached it by then.
    pub smallest_by_then: Option<Reached>,
    /// The smallest listed base release that has reached it by today.
    pub smallest_by_today: Option<Reached>,
    /// Classes that hold and decode those parameters today.
    pub runs_on: Vec<String>,
}

const PARAMS: f64 = 8e9;
const BY: Date = date(2025, 12, 31);

impl Forecast {
    /// "By the end of 2025, a model of only 8B parameters at GPT-4's level", from the news of the preprint.
    ///
    /// # Errors
    /// Densities that give no law.
    pub fn of_the_news(gpt_4: &Target, setting: &Setting, budgets: &[(String, Budget)]) -> Result<Self, RowError> {
        let law = DensingLaw::fit(setting.densities.iter().map(|(density, _)| density.clone()).collect())?;
        let too_few = LawError::Regression(RegressionError::TooFewPoints { needed: 3, found: law.line.n });
        let density = law.forecast(BY, LEVEL).ok_or(too_few)?;
        let smallest = |until: Date| {
            setting
                .releases
                .iter()
                .filter(|model| model.date <= until && model.effective_params >= gpt_4.effective_params.point)
                .min_by(|a, b| a.total_params.total_cmp(&b.total_params))
                .map(|model| Reached { model: model.model.clone(), date: model.date, params: model.total_params })
        };
        let smallest_by_then = smallest(BY.min(setting.today));
        let today = days_since_origin(setting.today);
        Ok(Self {
            claim: "by the end of 2025, a model of only 8B parameters at GPT-4's level",
            params: PARAMS,
            by: BY,
            law_params: needed(&gpt_4.effective_params, &density),
            // Sizes are rounded in names: 8.03B and 8.2B are sold as 8B.
            held: smallest_by_then.as_ref().is_some_and(|model| model.params < PARAMS + 5e8),
            smallest_by_then,
            smallest_by_today: smallest(setting.today),
            runs_on: budgets
                .iter()
                .filter(|(_, budget)| budget.runnable.usable(today) >= PARAMS)
                .map(|(class, _)| class.clone())
                .collect(),
        })
    }
}

/// N̂ over density, the two doubts (taken as independent, log-normal) added in quadrature.
fn needed(effective: &Estimate, density: &Estimate) -> Estimate {
    let point = effective.point / density.point;
    let reach = crate::stat::TWO_SIDED_95 * ln_deviation(effective).hypot(ln_deviation(density));
    Estimate::new(point, point * (-reach).exp(), point * reach.exp(), LEVEL, "t-prediction")
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billions = self.law_params.clone().map(|params| params / 1e9);
        let reached = |model: &Option<Reached>| {
            model.as_ref().map_or_else(
                || "none listed".to_owned(),
                |found| format!("{} ({}, {})", found.model, Params::from_count(found.params), found.date),
            )
        };
        writeln!(f, "claim: {}", self.claim)?;
        writeln!(f, "law of all models on {}: {billions:.1} B parameters", self.by)?;
        writeln!(f, "smallest release by then: {}", reached(&self.smallest_by_then))?;
        writeln!(f, "smallest release by today: {}", reached(&self.smallest_by_today))?;
        writeln!(f, "held: {}", if self.held { "yes" } else { "no" })?;
        writeln!(f, "{} run on: {}", Params::from_count(self.params), self.runs_on.join(", "))
    }
}
