//! A number that travels with its doubt.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A derived number with its interval and the method that made the interval.
///
/// `low` or `high` is `None` when the interval is open on that side (never when it was not computed:
/// a number without an interval is not an `Estimate`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Estimate<T = f64> {
    /// The best single value.
    pub point: T,
    /// Lower end of the interval, or `None` where it is open.
    pub low: Option<T>,
    /// Upper end of the interval, or `None` where it is open.
    pub high: Option<T>,
    /// Nominal coverage of the interval, in (0, 1).
    pub level: f64,
    /// How the interval was made: `t`, `bootstrap`, `wilson`, …
    pub method: Cow<'static, str>,
}

impl<T> Estimate<T> {
    /// A two-sided interval at the given level.
    pub fn new(point: T, low: T, high: T, level: f64, method: &'static str) -> Self {
        Self { point, low: Some(low), high: Some(high), level, method: Cow::Borrowed(method) }
    }

    /// Applies an increasing function to the point and both ends; the method stays the same.
    ///
    /// For a decreasing function use [`Estimate::map_decreasing`], which swaps the ends.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Estimate<U> {
        Estimate {
            point: f(self.point),
            low: self.low.map(&f),
            high: self.high.map(&f),
            level: self.level,
            method: self.method,
        }
    }

    /// Applies a decreasing function: the ends change places.
    pub fn map_decreasing<U>(self, f: impl Fn(T) -> U) -> Estimate<U> {
        Estimate {
            point: f(self.point),
            low: self.high.map(&f),
            high: self.low.map(&f),
            level: self.level,
            method: self.method,
        }
    }
}

/// An interval in words: `[2.0, 4.0]`; where an end is open, `[≥ 2.0]` or `[≤ 4.0]`; `None` without ends.
#[must_use]
pub fn interval(low: Option<&str>, high: Option<&str>) -> Option<String> {
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("[{low}, {high}]")),
        (Some(low), None) => Some(format!("[≥ {low}]")),
        (None, Some(high)) => Some(format!("[≤ {high}]")),
        (None, None) => None,
    }
}

impl<T: fmt::Display> Estimate<T> {
    /// The interval alone, as [`interval`].
    #[must_use]
    pub fn interval(&self) -> Option<String> {
        let words = |end: &Option<T>| end.as_ref().map(T::to_string);
        interval(words(&self.low).as_deref(), words(&self.high).as_deref())
    }
}

impl<T: fmt::Display> fmt::Display for Estimate<T> {
    /// `point [low, high]`, with the formatter's precision on every number; open ends as in [`interval`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |value: &T| match f.precision() {
            Some(precision) => format!("{value:.precision$}"),
            None => value.to_string(),
        };
        let (low, high) = (self.low.as_ref().map(words), self.high.as_ref().map(words));
        let point = words(&self.point);
        match interval(low.as_deref(), high.as_deref()) {
            Some(ends) => write!(f, "{point} {ends}"),
            None => f.write_str(&point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decreasing_map_swaps_the_ends() {
        let growth = Estimate::new(2.0, 1.0, 4.0, 0.95, "t");
        let doubling = growth.map_decreasing(|x| 1.0 / x);
        assert_eq!((doubling.low, doubling.point, doubling.high), (Some(0.25), 0.5, Some(1.0)));
    }

    #[test]
    fn display_shows_an_open_end() {
        let open = Estimate { point: 3.5, low: Some(2.0), high: None, level: 0.95, method: "t".into() };
        assert_eq!(format!("{open:.1}"), "3.5 [≥ 2.0]");
    }
}
