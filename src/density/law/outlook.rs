//! Forecasts in the document of a law: later records, prices, windows.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::plan::inside;
use super::prices::{PriceKind, Prices};
use crate::law::backtest::{Backtest, Forecast, median_error_months};
use crate::law::corollary::DAYS_PER_MONTH;
use crate::law::window::Window;
use crate::stat::Estimate;
use crate::unit::iso::IsoDate;

/// A record against a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ForecastReport {
    /// The record.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Its density.
    pub density: f64,
    /// The forecast of that day.
    pub forecast: Estimate,
    /// Whether the record lies in the band.
    pub inside: bool,
    /// How much earlier than forecast it came.
    pub months_ahead: f64,
}

pub(super) fn forecasts(found: &[Forecast]) -> Vec<ForecastReport> {
    let report = |forecast: &Forecast| ForecastReport {
        model: forecast.record.model.clone(),
        date: forecast.record.date,
        density: forecast.record.density,
        forecast: forecast.band.clone(),
        inside: forecast.inside,
        months_ahead: forecast.months_ahead,
    };
    found.iter().map(report).collect()
}

/// Later records against an earlier law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BacktestReport {
    /// Last day whose models were used.
    #[schemars(with = "IsoDate")]
    pub until: Date,
    /// Models up to then.
    pub n_models: usize,
    /// Their growth.
    pub growth_per_day: Option<Estimate>,
    /// Later records in the band.
    pub inside: usize,
    /// Later records.
    pub of: usize,
    /// The one over the other.
    pub coverage: Option<f64>,
    /// Median of the absolute errors.
    pub median_error_months: Option<f64>,
    /// The later records.
    pub later: Vec<ForecastReport>,
    /// Each record against the law of those before.
    pub one_step_ahead: OneStepReport,
}

/// Each record against the law of those before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OneStepReport {
    /// Records in the band.
    pub inside: usize,
    /// Records.
    pub of: usize,
    /// Median of the absolute errors.
    pub median_error_months: Option<f64>,
    /// The records.
    pub forecasts: Vec<ForecastReport>,
}

impl BacktestReport {
    pub(super) fn of(backtest: &Backtest, one_step: &[Forecast], level: f64) -> Self {
        let (inside_band, of) = backtest.inside();
        Self {
            until: backtest.until,
            n_models: backtest.law.frontier.models().len(),
            growth_per_day: backtest.law.line.slope_estimate(level),
            inside: inside_band,
            of,
            coverage: (of > 0).then(|| inside_band as f64 / of as f64),
            median_error_months: backtest.median_error_months(),
            later: forecasts(&backtest.later),
            one_step_ahead: OneStepReport {
                inside: inside(one_step),
                of: one_step.len(),
                median_error_months: median_error_months(one_step),
                forecasts: forecasts(one_step),
            },
        }
    }
}

/// The fall of prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PriceReport {
    /// The table.
    pub prices: String,
    /// Which price.
    pub price: PriceKind,
    /// MMLU that a model had to reach, in percent; null where the table has none.
    pub min_mmlu: Option<f64>,
    /// First over last price of the envelope.
    pub factor: f64,
    /// Days between them.
    pub days: f64,
    /// Halving time by the two.
    pub halving_days: f64,
    /// The same in months.
    pub halving_months: f64,
    /// Halving time by the line through the envelope.
    pub halving_days_ols: Option<Estimate>,
    /// The same in months.
    pub halving_months_ols: Option<Estimate>,
    /// Prices lower than every earlier one.
    pub envelope: Vec<PriceRow>,
}

/// A price of the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PriceRow {
    /// The model.
    pub model: String,
    /// First day of the price.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// The price.
    pub usd_per_million_tokens: f64,
}

impl PriceReport {
    pub(super) fn of(found: &Prices) -> Self {
        let trend = &found.trend;
        let months = |days: Estimate| days.map(|days| days / DAYS_PER_MONTH);
        Self {
            prices: found.table.clone(),
            price: found.kind,
            min_mmlu: found.min_mmlu,
            factor: trend.factor,
            days: trend.days,
            halving_days: trend.halving_days,
            halving_months: trend.halving_days / DAYS_PER_MONTH,
            halving_days_ols: trend.halving_days_fitted.clone(),
            halving_months_ols: trend.halving_days_fitted.clone().map(months),
            envelope: trend
                .envelope
                .iter()
                .map(|row| PriceRow { model: row.model.clone(), date: row.date, usd_per_million_tokens: row.price })
                .collect(),
        }
    }
}

/// How long a model stays the best value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WindowReport {
    /// The model.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub opened: Date,
    /// Its density.
    pub density: f64,
    /// When the law reaches twice that.
    #[schemars(with = "Option<Estimate<IsoDate>>")]
    pub until: Option<Estimate<Date>>,
    /// The first release with twice the density.
    pub succeeded_by: Option<String>,
    /// Its release.
    #[schemars(with = "Option<IsoDate>")]
    pub succeeded_on: Option<Date>,
    /// Whether that precedes the model.
    pub never_opened: bool,
}

impl WindowReport {
    pub(super) fn of(window: &Window) -> Self {
        let succeeded = window.succeeded_by.as_ref();
        Self {
            model: window.model.clone(),
            opened: window.opened,
            density: window.density,
            until: window.until.clone(),
            succeeded_by: succeeded.map(|(model, _)| model.clone()),
            succeeded_on: succeeded.map(|(_, date)| *date),
            never_opened: succeeded.is_some_and(|(_, date)| *date <= window.opened),
        }
    }
}
