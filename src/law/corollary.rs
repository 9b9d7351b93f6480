//! What follows from the law: the fall of prices, and density joined with Moore's law.

use jiff::civil::Date;

use super::densing::doubling_days;
use super::frontier::{DatedDensity, Frontier, FrontierError, days_since_origin};
use crate::stat::{Estimate, Line};

/// Doubling time of compute at a fixed price that the paper uses: 2.1 years.
pub const MOORE_DOUBLING_DAYS: f64 = 767.0;

/// Mean length of a month in days, 365.25/12.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// A model's price from a date on, in any fixed currency per token.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedPrice {
    /// The model's name; may repeat.
    pub model: String,
    /// First day of the price.
    pub date: Date,
    /// The price, above 0.
    pub price: f64,
}

/// How the lowest price of a capability fell.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTrend {
    /// Prices lower than every earlier one, by date.
    pub envelope: Vec<DatedPrice>,
    /// First price over last price of the envelope.
    pub factor: f64,
    /// Days between the two.
    pub days: f64,
    /// Those days over log₂ of the factor: two prices, hence no interval.
    pub halving_days: f64,
    /// ln 2 over the fall per day of the line through the envelope, with its t interval; `None` below three points.
    pub halving_days_fitted: Option<Estimate>,
}

/// Why there is no price trend.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PriceError {
    /// The prices have no envelope.
    #[error("prices: {0}")]
    Envelope(#[from] FrontierError),
    /// No price was below the first.
    #[error("no price is below the first one, so that nothing fell")]
    NoFall,
}

/// Finds the envelope of lowest prices and its halving time. Of one day's prices only the lowest counts.
///
/// # Errors
/// No prices, one that is not a finite positive number, or none below the first.
pub fn price_trend(prices: &[DatedPrice], level: f64) -> Result<PriceTrend, PriceError> {
    // A record low of a price is a record high of its inverse; the index keeps repeated names apart.
    let inverse = prices
        .iter()
        .enumerate()
        .map(|(index, row)| DatedDensity { model: format!("{index:06}"), date: row.date, density: 1.0 / row.price })
        .collect();
    let frontier = Frontier::new(inverse)?;
    let envelope: Vec<DatedPrice> =
        frontier.records().filter_map(|record| prices.get(record.model.parse::<usize>().ok()?).cloned()).collect();
    let (Some(first), Some(last)) = (envelope.first(), envelope.last()) else { return Err(PriceError::NoFall) };
    if envelope.len() < 2 {
        return Err(PriceError::NoFall);
    }
    let factor = first.price / last.price;
    let days = days_since_origin(last.date) - days_since_origin(first.date);
    let series = frontier.record_series();
    let fall = Line::fit(&series.days, &series.values).ok().and_then(|line| line.slope_estimate(level));
    Ok(PriceTrend {
        factor,
        days,
        halving_days: days / factor.log2(),
        halving_days_fitted: fall.and_then(|fall| doubling_days(&fall)),
        envelope,
    })
}

/// Doubling time of effective parameters on hardware of a fixed price: growth rates add, so 1/T = 1/T₁ + 1/T₂.
#[must_use]
pub fn combined_doubling(densing: f64, moore: f64) -> f64 {
    1.0 / (1.0 / densing + 1.0 / moore)
}
