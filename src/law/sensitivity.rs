//! How far the growth rate depends on the method and on single models.

use super::densing::{DensingLaw, FEWEST_RECORDS, LawError};
use super::envelope_bootstrap::{Coefficient, Scheme, replicates};
use super::frontier::Series;
use crate::stat::{Bootstrap, Estimate, Line, quantile_line, theil_sen};

/// The quantile followed through all models: high enough to speak of the frontier, low enough not to hang on
/// a handful of them.
pub const UPPER_QUANTILE: f64 = 0.9;

/// Resamples of the quantile regression, whose every fit is a search, are limited to this…
const QUANTILE_RESAMPLES: usize = 1000;

/// …and, in large tables, to as many as touch this many models, though never below 200.
const QUANTILE_MODELS: usize = 500_000;

/// The growth rate by other estimators.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// Least squares on the envelope, with the textbook t interval (too narrow: the records are not a sample).
    pub least_squares: Estimate,
    /// Median pairwise slope of the envelope.
    pub theil_sen: Estimate,
    /// Quantile regression on all models at [`UPPER_QUANTILE`], pairs bootstrap.
    pub upper_quantile: Estimate,
    /// Quantile regression on all models at the median, pairs bootstrap.
    pub median: Estimate,
    /// Bootstrap of the residuals of all models about the line, reflected interval.
    pub residual_bootstrap: Estimate,
    /// Smallest and largest growth when one model is left out and the envelope found anew.
    pub leave_one_out: Option<LeaveOneOut>,
}

/// The range over single omissions.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaveOneOut {
    /// Smallest growth per day, and the model whose absence gives it.
    pub lowest: (f64, String),
    /// Largest growth per day, and the model whose absence gives it.
    pub highest: (f64, String),
}

/// Refits the law in the other ways.
///
/// # Errors
/// A bootstrap gave no interval.
pub fn sensitivity(law: &DensingLaw, run: Bootstrap, level: f64) -> Result<Sensitivity, LawError> {
    let series = law.frontier.series();
    let envelope = law.frontier.record_series();
    let least_squares = law
        .line
        .slope_estimate(level)
        .ok_or(LawError::TooFewRecords { models: series.days.len(), found: envelope.days.len() })?;
    let deviations = law.frontier.deviations();
    let residual = replicates(&series, deviations, &law.line, Scheme::Residual, Coefficient::Slope, run)?;
    Ok(Sensitivity {
        least_squares,
        theil_sen: theil_sen(&envelope.days, &envelope.values, level)?.slope,
        upper_quantile: quantile_growth(&series, UPPER_QUANTILE, run, level)?,
        median: quantile_growth(&series, 0.5, run, level)?,
        residual_bootstrap: Estimate {
            method: "residual-bootstrap-basic".into(),
            ..residual.basic(law.line.slope, level)
        },
        leave_one_out: leave_one_out(law),
    })
}

fn quantile_growth(series: &Series, tau: f64, run: Bootstrap, level: f64) -> Result<Estimate, LawError> {
    let point = quantile_line(&series.days, &series.values, tau)?.slope;
    let affordable = (QUANTILE_MODELS / series.days.len().max(1)).clamp(200, QUANTILE_RESAMPLES);
    let run = Bootstrap { resamples: run.resamples.min(affordable), ..run };
    let (mut days, mut values) = (Vec::new(), Vec::new());
    let replicates = run.cases(series.days.len(), |drawn| {
        days.clear();
        values.clear();
        days.extend(drawn.iter().map(|&index| series.days[index]));
        values.extend(drawn.iter().map(|&index| series.values[index]));
        quantile_line(&days, &values, tau).ok().map(|line| line.slope)
    })?;
    Ok(Estimate { method: "pairs-bootstrap-percentile".into(), ..replicates.percentile(point, level) })
}

/// Only a record can change the envelope by its absence, so only records are left out.
fn leave_one_out(law: &DensingLaw) -> Option<LeaveOneOut> {
    let series = law.frontier.series();
    let models = law.frontier.models();
    let refits: Vec<(f64, &str)> = law
        .frontier
        .records()
        .filter_map(|record| {
            let kept = (0..models.len()).filter(|&index| models[index].model != record.model);
            let envelope = series.envelope(kept);
            if envelope.days.len() < FEWEST_RECORDS {
                return None;
            }
            let line = Line::fit(&envelope.days, &envelope.values).ok()?;
            Some((line.slope, record.model.as_str()))
        })
        .collect();
    let lowest = refits.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let highest = refits.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(LeaveOneOut { lowest: (lowest.0, lowest.1.to_owned()), highest: (highest.0, highest.1.to_owned()) })
}
