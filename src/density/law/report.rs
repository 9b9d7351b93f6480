//! The document of `law`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use super::extension::Extension;
use super::outlook::{BacktestReport, ForecastReport, PriceReport, WindowReport, forecasts};
use super::parts::{BreakReport, PanelsReport, SensitivityReport};
use crate::law::corollary::combined_doubling;
use crate::law::densing::doubling_days;
use crate::law::extension::{Across, Reading};
use crate::law::frontier::{DatedDensity, ORIGIN};
use crate::stat::Estimate;
use crate::unit::iso::IsoDate;

/// The document of `law`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LawReport {
    /// Where the models come from.
    pub source: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Resamples of every bootstrap.
    pub resamples: usize,
    /// Models in the law.
    pub n_models: usize,
    /// Day zero of the law.
    #[schemars(with = "IsoDate")]
    pub origin: Date,
    /// Growth of ln ρ per day.
    pub growth_per_day: Estimate,
    /// ln ρ at the origin.
    pub intercept: Estimate,
    /// Doubling time; null with `reason`.
    pub doubling_days: Option<Estimate>,
    /// Coefficient of determination of the line through the records.
    pub r_squared: f64,
    /// Scatter of the records about it.
    pub residual_deviation: Option<f64>,
    /// The records.
    pub envelope: Vec<DatedDensity>,
    /// The growth by other estimators.
    pub sensitivity: SensitivityReport,
    /// A change of growth.
    #[serde(rename = "break")]
    pub broken: Option<BreakReport>,
    /// Density joined with Moore's law.
    pub moore: MooreReport,
    /// What to know before trusting the intervals.
    pub warnings: Vec<String>,
    /// Why there is no doubling time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Later records against an earlier law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtest: Option<BacktestReport>,
    /// The fall of prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<PriceReport>,
    /// How long each model stays the best value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowReport>>,
    /// The growth within panels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<PanelsReport>,
    /// Densities of the law at dates asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forecasts: Vec<DensityAt>,
    /// Whether the law holds after a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionReport>,
}

/// Density joined with Moore's law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MooreReport {
    /// Doubling time of density.
    pub densing_days: Option<Days>,
    /// Doubling time of compute at a fixed price.
    pub moore_days: f64,
    /// Doubling time of effective parameters at a fixed price.
    pub combined_days: Option<Days>,
}

/// A doubling time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Days {
    /// As it was given, or follows from that.
    Given(f64),
    /// As it was fitted.
    Fitted(Estimate),
}

/// The density of the law on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DensityAt {
    /// The day.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// The density of a record; null where no prediction exists.
    pub density: Option<Estimate>,
}

/// Whether the law holds after a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExtensionReport {
    /// The day.
    #[schemars(with = "IsoDate")]
    pub until: Date,
    /// The youngest release.
    #[schemars(with = "IsoDate")]
    pub last: Date,
    /// The answer in one sentence.
    pub answer: String,
    /// Growth of the law up to the day.
    pub growth_per_day: Estimate,
    /// Growth after it.
    pub evidence: Vec<EvidenceReport>,
    /// p value of no growth.
    pub p_no_growth: Option<f64>,
    /// p value of the law's growth.
    pub p_law: Option<f64>,
    /// Panels with models on both sides.
    pub panels: Vec<AcrossReport>,
    /// Later records against the law.
    pub later_records: Vec<ForecastReport>,
    /// Where the densest release stands.
    pub standing: Standing,
}

/// A growth rate after the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EvidenceReport {
    /// What grew.
    pub evidence: String,
    /// What that says of the law.
    pub reading: Reading,
    /// By how much.
    pub growth_per_day: Estimate,
}

/// A panel's best models on both sides of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AcrossReport {
    /// The panel.
    pub panel: String,
    /// The densest up to the day.
    pub before: DatedDensity,
    /// The densest after it.
    pub after: DatedDensity,
    /// Days between them.
    pub days: f64,
    /// Growth between them.
    pub growth_per_day: f64,
}

/// Where the densest release stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Standing {
    /// The release.
    pub densest: DatedDensity,
    /// The law's forecast for the last day of the data.
    pub forecast: Estimate,
}

impl LawReport {
    /// The document of an analysis.
    #[must_use]
    pub fn of(found: &Analysis) -> Self {
        let doubling = doubling_days(&found.growth);
        Self {
            source: found.source.clone(),
            seed: found.run.seed,
            resamples: found.run.resamples,
            n_models: found.law.frontier.models().len(),
            origin: ORIGIN,
            growth_per_day: found.growth.clone(),
            intercept: found.intercept.clone(),
            r_squared: found.law.line.r_squared,
            residual_deviation: found.law.line.residual_deviation(),
            envelope: found.law.frontier.records().cloned().collect(),
            sensitivity: SensitivityReport::of(&found.sensitivity),
            broken: found.broken.as_ref().map(|broken| BreakReport::of(broken, found.level, found.run)),
            moore: MooreReport::of(found),
            warnings: found.warnings(),
            reason: doubling
                .is_none()
                .then(|| "the growth is not positive, so that no doubling time exists".to_owned()),
            doubling_days: doubling,
            backtest: found.backtest.as_ref().map(|test| BacktestReport::of(test, &found.one_step, found.level)),
            cost: found.prices.as_ref().map(PriceReport::of),
            windows: found.windows.as_ref().map(|windows| windows.iter().map(WindowReport::of).collect()),
            panels: found.panels.as_ref().map(|(panels, trend)| PanelsReport::of(panels, trend)),
            forecasts: found
                .forecasts
                .iter()
                .map(|(date, density)| DensityAt { date: *date, density: density.clone() })
                .collect(),
            extension: found.extension.as_ref().map(ExtensionReport::of),
        }
    }
}

impl MooreReport {
    fn of(found: &Analysis) -> Self {
        let given = found.doubling_given;
        Self {
            densing_days: given.map(Days::Given).or_else(|| doubling_days(&found.growth).map(Days::Fitted)),
            moore_days: found.moore_days,
            combined_days: given
                .map(|days| Days::Given(combined_doubling(days, found.moore_days)))
                .or_else(|| found.combined().map(Days::Fitted)),
        }
    }
}

impl ExtensionReport {
    fn of(found: &Extension) -> Self {
        let panel = |panel: &Across| AcrossReport {
            panel: panel.panel.clone(),
            before: panel.before.clone(),
            after: panel.after.clone(),
            days: panel.days(),
            growth_per_day: panel.growth(),
        };
        Self {
            until: found.until,
            last: found.last,
            answer: found.answer(),
            growth_per_day: found.growth.clone(),
            evidence: found
                .evidence()
                .into_iter()
                .map(|row| EvidenceReport {
                    evidence: row.name.replace("**", ""),
                    reading: row.reading,
                    growth_per_day: row.growth,
                })
                .collect(),
            p_no_growth: found.across_growth.as_ref().map(|growth| growth.p_none),
            p_law: found.across_growth.as_ref().map(|growth| growth.p_of(found.rate())),
            panels: found.across.iter().map(panel).collect(),
            later_records: forecasts(&found.later.later),
            standing: Standing { densest: found.densest.clone(), forecast: found.forecast.clone() },
        }
    }
}
