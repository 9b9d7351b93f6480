//! The two curves of a crossover for a figure: what the class runs, what the capability needs, and its band.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::capacity::Capacity;
use super::class_law::ClassLaw;
use super::inputs::FormatDensity;
use super::target::Target;
use crate::law::frontier::days_since_origin;
use crate::stat::TWO_SIDED_95;
use crate::unit::iso::IsoDate;

/// One date of the curves, in parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurvePoint {
    /// The date.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Runnable by memory and decode.
    pub runnable: f64,
    /// Runnable with the TTFT limit, too.
    pub responsive: f64,
    /// Required.
    pub required: f64,
    /// Lower end of the 95 % band of the required: law, capability and format together.
    pub required_low: f64,
    /// Upper end.
    pub required_high: f64,
}

/// First days of the months `step` apart from 2023 on, `count` of them.
#[must_use]
pub fn dates(step: usize, count: usize) -> Vec<Date> {
    (0..count)
        .filter_map(|index| {
            let months = index * step;
            Date::new(2023 + i16::try_from(months / 12).ok()?, i8::try_from(months % 12 + 1).ok()?, 1).ok()
        })
        .collect()
}

/// The curves at these dates.
#[must_use]
pub fn curve(
    capacity: &Capacity,
    law: &ClassLaw,
    target: &Target,
    format: FormatDensity,
    dates: &[Date],
) -> Vec<CurvePoint> {
    let density = law.restricted;
    let required = target.effective_params.point.ln() - format.ratio.ln();
    let own = target.ln_deviation().hypot(format.deviation);
    dates
        .iter()
        .map(|&date| {
            let day = days_since_origin(date);
            let required = required - density.ln_at(day);
            let reach = TWO_SIDED_95 * own.hypot(density.deviation_at(day));
            CurvePoint {
                date,
                runnable: capacity.runnable.usable(day),
                responsive: capacity.runnable.least(day).0,
                required: required.exp(),
                required_low: (required - reach).exp(),
                required_high: (required + reach).exp(),
            }
        })
        .collect()
}
