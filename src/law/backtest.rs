//! Fit to a date, predict what came later.

use jiff::civil::Date;

use super::corollary::DAYS_PER_MONTH;
use super::densing::{DensingLaw, LawError};
use super::frontier::{DatedDensity, Frontier};
use crate::stat::{Estimate, Sample};

/// A later record against the forecast for its day.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The record model.
    pub record: DatedDensity,
    /// The density that the earlier law gave for the day, with its prediction band.
    pub band: Estimate,
    /// Whether the record lies in the band.
    pub inside: bool,
    /// How much earlier than forecast the record came, in months (negative: later).
    pub months_ahead: f64,
}

/// A law fitted to a date and judged by what followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Last day whose models were used.
    pub until: Date,
    /// The law of those models.
    pub law: DensingLaw,
    /// The records after that day, by the envelope of all models.
    pub later: Vec<Forecast>,
}

impl Backtest {
    /// How many of the later records lie in the band, and of how many.
    #[must_use]
    pub fn inside(&self) -> (usize, usize) {
        (self.later.iter().filter(|forecast| forecast.inside).count(), self.later.len())
    }

    /// Median of the absolute errors in months; `None` without later records.
    #[must_use]
    pub fn median_error_months(&self) -> Option<f64> {
        median_error_months(&self.later)
    }
}

/// Median of the absolute errors in months; `None` without forecasts.
#[must_use]
pub fn median_error_months(forecasts: &[Forecast]) -> Option<f64> {
    let errors = forecasts.iter().map(|forecast| forecast.months_ahead.abs()).collect();
    Sample::new(errors).ok().map(|sample| sample.median())
}

/// Fits the models released up to and including `until`, then compares every later record with the prediction band.
///
/// # Errors
/// The earlier models have no law.
pub fn backtest(frontier: &Frontier, until: Date, level: f64) -> Result<Backtest, LawError> {
    let law = DensingLaw::through(frontier.subset(|model| model.date <= until)?)?;
    Ok(against(&law, frontier, until, level))
}

/// Compares the records of `frontier` after `until` with the prediction band of a law that never saw them.
#[must_use]
pub fn against(law: &DensingLaw, frontier: &Frontier, until: Date, level: f64) -> Backtest {
    let later = frontier.records().filter(|record| record.date > until);
    let later = later.filter_map(|record| forecast(law, record, level)).collect();
    Backtest { until, law: law.clone(), later }
}

/// From the third record on: fits up to each record's day and forecasts the next record alone.
#[must_use]
pub fn one_step_ahead(frontier: &Frontier, level: f64) -> Vec<Forecast> {
    let records: Vec<&DatedDensity> = frontier.records().collect();
    records
        .windows(2)
        .filter_map(|pair| {
            let earlier = frontier.subset(|model| model.date <= pair[0].date).ok()?;
            forecast(&DensingLaw::through(earlier).ok()?, pair[1], level)
        })
        .collect()
}

fn forecast(law: &DensingLaw, record: &DatedDensity, level: f64) -> Option<Forecast> {
    let band = law.forecast(record.date, level)?;
    let inside = band.low? <= record.density && record.density <= band.high?;
    // The line passes the record's density this many days after the record came out.
    let days_ahead = (record.density.ln() - band.point.ln()) / law.line.slope;
    Some(Forecast { record: record.clone(), band, inside, months_ahead: days_ahead / DAYS_PER_MONTH })
}
