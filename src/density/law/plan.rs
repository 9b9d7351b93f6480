//! What is asked of a law.

use std::str::FromStr;

use jiff::civil::Date;

use super::prices::PricePlan;
use crate::density::measured::Filter;
use crate::law::backtest::Forecast;
use crate::stat::Bootstrap;

/// What is asked of a law.
#[derive(Debug, Clone)]
pub struct LawPlan {
    /// The library's releases that pass take the place of its densities.
    pub releases: Option<Filter>,
    /// Only models released on this day or later.
    pub from: Option<Date>,
    /// Only models released on this day or earlier.
    pub until: Option<Date>,
    /// Models to leave out.
    pub exclude: Vec<String>,
    /// Where to test for a change of growth.
    pub break_at: Option<BreakAt>,
    /// Fit to this date and predict what came later.
    pub backtest: Option<Date>,
    /// Days whose record is forecast.
    pub at: Vec<Date>,
    /// How long each model stays the best value.
    pub windows: bool,
    /// Growth within the panels.
    pub panels: bool,
    /// The fall of prices.
    pub prices: Option<PricePlan>,
    /// Does the law hold after this day?
    pub extend: Option<Date>,
    /// Doubling time of density for the join with Moore's law, in place of the fitted one.
    pub doubling: Option<f64>,
    /// Doubling time of compute at a fixed price, in days.
    pub moore: f64,
    /// Level of all intervals.
    pub level: f64,
    /// Resamples and seed.
    pub run: Bootstrap,
}

impl LawPlan {
    /// Whether a day counts.
    #[must_use]
    pub fn within(&self, date: Date) -> bool {
        self.from.is_none_or(|from| date >= from) && self.until.is_none_or(|until| date <= until)
    }
}

/// Where to look for a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakAt {
    /// At this date.
    Date(Date),
    /// Wherever two lines fit best.
    Search,
}

impl FromStr for BreakAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "search" {
            return Ok(Self::Search);
        }
        text.parse().map(Self::Date).map_err(|_| "expected a date (YYYY-MM-DD) or `search`".to_owned())
    }
}

/// What a law is tested by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BacktestFrom {
    /// It is fitted to this date.
    Date(Date),
    /// The methods forecast month after month.
    Rolling,
}

impl FromStr for BacktestFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "rolling" {
            return Ok(Self::Rolling);
        }
        text.parse().map(Self::Date).map_err(|_| "expected a date (YYYY-MM-DD) or `rolling`".to_owned())
    }
}

/// How many forecasts hold their record.
#[must_use]
pub fn inside(forecasts: &[Forecast]) -> usize {
    forecasts.iter().filter(|forecast| forecast.inside).count()
}
