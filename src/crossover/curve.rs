//! The two curves of a crossover for a figure: what the class runs, and what the capability needs by the frontier.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::law::arrival::need::BySize;
use crate::law::arrival::room::Room;
use crate::law::frontier::days_since_origin;
use crate::unit::iso::IsoDate;

/// Ends of the band: with the smaller size F is one in forty, with the larger all but one in forty.
const BAND: (f64, f64) = (0.025, 0.975);

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
    /// Required: the least size of releases for which F is one half on the day; null where the largest has less.
    pub required: Option<f64>,
    /// Lower end of the 95 % band of the required: F is 0.025 there.
    pub required_low: Option<f64>,
    /// Upper end: F is 0.975 there.
    pub required_high: Option<f64>,
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
pub fn curve(room: &Room, by_size: &BySize, dates: &[Date]) -> Vec<CurvePoint> {
    let at = |date: &Date| {
        let day = days_since_origin(*date);
        CurvePoint {
            date: *date,
            runnable: room.once_read().params_on(day),
            responsive: room.params_on(day),
            required: by_size.least(day, 0.5),
            required_low: by_size.least(day, BAND.0),
            required_high: by_size.least(day, BAND.1),
        }
    };
    dates.iter().map(at).collect()
}
