//! Time for people, in the unit that reads best.

use std::fmt;

/// A span of time in seconds: `95 s`, `12 min`, `3.4 h`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(seconds) = *self;
        match seconds {
            ..99.5 => write!(f, "{seconds:.0} s"),
            99.5..5400.0 => write!(f, "{:.0} min", seconds / 60.0),
            _ => write!(f, "{:.1} h", seconds / 3600.0),
        }
    }
}

/// Whether two ends of a time that is not known better differ enough to name both.
#[must_use]
pub fn differ((low, high): (f64, f64)) -> bool {
    high > 1.05 * low
}

#[cfg(test)]
mod tests {
    use super::Seconds;

    #[test]
    fn durations_have_a_unit_that_suits_them() {
        assert_eq!([95.4, 720.0, 12_240.0].map(|s| Seconds(s).to_string()), ["95 s", "12 min", "3.4 h"]);
    }
}
