//! A time as people read it.

use std::fmt;

/// A time. It reads as `95 s`, `12 min` or `3.4 h`; with a precision, as measured times are, as `4.50 ms` or `1.20 s`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Seconds(f64);

impl Seconds {
    /// A time from a number of seconds.
    #[must_use]
    pub const fn from_seconds(value: f64) -> Self {
        Self(value)
    }

    /// A time from a number of nanoseconds.
    #[must_use]
    pub const fn from_nanos(value: f64) -> Self {
        Self(value / 1e9)
    }

    /// The time as a number of seconds.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        self.0
    }

    /// Whether two ends of a time that is not known better are worth naming both.
    #[must_use]
    pub fn differ(low: f64, high: f64) -> bool {
        high > 1.05 * low
    }

    /// Two ends of a time that is not known better: `8 min to 40 min`; one where they hardly differ.
    #[must_use]
    pub fn range(low: f64, high: f64) -> String {
        let high_end = Self(high);
        if Self::differ(low, high) { format!("{} to {high_end}", Self(low)) } else { high_end.to_string() }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (f.precision(), self.0) {
            (Some(digits), 1.0..) => write!(f, "{:.digits$} s", self.0),
            (Some(digits), _) => write!(f, "{:.digits$} ms", self.0 * 1e3),
            (None, ..99.5) => write!(f, "{:.0} s", self.0),
            (None, 99.5..5400.0) => write!(f, "{:.0} min", self.0 / 60.0),
            (None, _) => write!(f, "{:.1} h", self.0 / 3600.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seconds;

    #[test]
    fn a_time_has_the_unit_that_suits_it() {
        assert_eq!([95.4, 720.0, 12_240.0].map(|s| Seconds(s).to_string()), ["95 s", "12 min", "3.4 h"]);
        assert_eq!(Seconds::range(480.0, 2400.0), "8 min to 40 min");
        assert_eq!(Seconds::range(80.0, 80.0), "80 s");
        let measured = [4.5e6, 999_994_000.0, 1.0e9, 2.345e9].map(|ns| format!("{:.2}", Seconds::from_nanos(ns)));
        assert_eq!(measured, ["4.50 ms", "999.99 ms", "1.00 s", "2.35 s"]);
    }
}
