//! Growth in the document of a law: other estimators, a change of growth, panels.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::analysis::Broken;
use crate::law::densing::{DensingLaw, doubling_days};
use crate::law::frontier::{DatedDensity, Frontier};
use crate::law::panel_trend::PanelTrend;
use crate::law::sensitivity::{Sensitivity, UPPER_QUANTILE};
use crate::stat::{Bootstrap, Estimate};
use crate::unit::iso::IsoDate;

/// The growth by other estimators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SensitivityReport {
    /// Least squares on the envelope.
    pub least_squares: Estimate,
    /// Median pairwise slope of the envelope.
    pub theil_sen: Estimate,
    /// The quantile of `upper_quantile`.
    pub quantile: f64,
    /// Quantile regression on all models.
    pub upper_quantile: Estimate,
    /// The same at the median.
    pub median: Estimate,
    /// Bootstrap of the residuals.
    pub residual_bootstrap: Estimate,
    /// The range when one record is left out.
    pub leave_one_out: Option<LeaveOneOutReport>,
}

/// The range over single omissions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LeaveOneOutReport {
    /// Smallest growth.
    pub lowest: Omission,
    /// Largest growth.
    pub highest: Omission,
}

/// The growth without one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Omission {
    /// The growth.
    pub growth_per_day: f64,
    /// The model.
    pub without: String,
}

impl SensitivityReport {
    pub(super) fn of(found: &Sensitivity) -> Self {
        let omission =
            |(growth, without): &(f64, String)| Omission { growth_per_day: *growth, without: without.clone() };
        Self {
            least_squares: found.least_squares.clone(),
            theil_sen: found.theil_sen.clone(),
            quantile: UPPER_QUANTILE,
            upper_quantile: found.upper_quantile.clone(),
            median: found.median.clone(),
            residual_bootstrap: found.residual_bootstrap.clone(),
            leave_one_out: found
                .leave_one_out
                .as_ref()
                .map(|range| LeaveOneOutReport { lowest: omission(&range.lowest), highest: omission(&range.highest) }),
        }
    }
}

/// A change of growth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BreakReport {
    /// First day of the later segment.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// The law before; null with `reason`.
    pub before: Option<SegmentReport>,
    /// The law after; null with `reason`.
    pub after: Option<SegmentReport>,
    /// Growth after over growth before.
    pub acceleration: Option<Estimate>,
    /// The test of one line against two.
    pub chow: Option<ChowReport>,
    /// How the date was found; null where it was given.
    pub search: Option<SearchReport>,
    /// Why a segment has no law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The law on one side of a date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SegmentReport {
    /// Its models.
    pub n_models: usize,
    /// Growth of ln ρ per day.
    pub growth_per_day: Option<Estimate>,
    /// ln ρ at the origin.
    pub intercept: Option<Estimate>,
    /// Doubling time.
    pub doubling_days: Option<Estimate>,
    /// Coefficient of determination of the line through the records.
    pub r_squared: f64,
    /// The records.
    pub envelope: Vec<DatedDensity>,
}

/// One line against two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChowReport {
    /// The statistic.
    pub f: f64,
    /// Of numerator and denominator.
    pub degrees_of_freedom: [usize; 2],
    /// Null at a date that was searched for, where the F distribution does not hold.
    pub p_value: Option<f64>,
}

/// How a date was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SearchReport {
    /// The largest F over the dates.
    pub sup_f: f64,
    /// The dates.
    pub candidates: usize,
    /// Share of permutations whose largest F is at least as large.
    pub permutation_p: f64,
    /// Permutations.
    pub permutations: usize,
}

impl BreakReport {
    pub(super) fn of(broken: &Broken, level: f64, run: Bootstrap) -> Self {
        let segment = |law: &DensingLaw| {
            let growth = law.growth_per_day(run, level).ok();
            SegmentReport {
                n_models: law.frontier.models().len(),
                intercept: law.intercept(run, level).ok(),
                doubling_days: growth.as_ref().and_then(doubling_days),
                growth_per_day: growth,
                r_squared: law.line.r_squared,
                envelope: law.frontier.records().cloned().collect(),
            }
        };
        let at = &broken.at;
        Self {
            date: at.date,
            before: at.before.as_ref().map(segment),
            after: at.after.as_ref().map(segment),
            acceleration: at.acceleration(level),
            chow: at.test.map(|test| ChowReport {
                f: test.f,
                degrees_of_freedom: [2, test.degrees_of_freedom],
                p_value: broken.searched.is_none().then_some(test.p_value),
            }),
            search: broken.searched.as_ref().map(|found| SearchReport {
                sup_f: found.sup_f,
                candidates: found.candidates,
                permutation_p: found.permutation_p,
                permutations: found.permutations,
            }),
            reason: (at.before.is_none() || at.after.is_none())
                .then(|| "a segment has fewer than three record models".to_owned()),
        }
    }
}

/// The growth within panels of one evaluator each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PanelsReport {
    /// The panels.
    pub used: Vec<PanelUsed>,
    /// Panels with at least two records.
    pub rising: usize,
    /// Why there is no closing growth.
    pub reason: Option<String>,
    /// Records in them.
    pub records: usize,
    /// Growth through the records.
    pub record_growth_per_day: Option<Estimate>,
    /// Share of permutations of the dates that grow as fast.
    pub record_growth_permutation_p: Option<f64>,
    /// Growth from first record to last model.
    pub closing_growth_per_day: Option<Estimate>,
    /// Growth through all models.
    pub all_models_growth_per_day: Option<Estimate>,
}

/// A panel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PanelUsed {
    /// Its name.
    pub panel: String,
    /// Its models.
    pub n_models: usize,
}

impl PanelsReport {
    pub(super) fn of(panels: &[(String, Frontier)], trend: &PanelTrend) -> Self {
        let used = |(name, frontier): &(String, Frontier)| PanelUsed {
            panel: name.clone(),
            n_models: frontier.models().len(),
        };
        Self {
            used: panels.iter().map(used).collect(),
            rising: trend.panels,
            reason: trend.closing_growth.is_none().then(|| "closing growth needs three panels".to_owned()),
            records: trend.records,
            record_growth_per_day: trend.record_growth.clone(),
            record_growth_permutation_p: trend.record_growth_p,
            closing_growth_per_day: trend.closing_growth.clone(),
            all_models_growth_per_day: trend.all_models_growth.clone(),
        }
    }
}
