//! Does the law hold after the day on which its data end? Single-evaluator panels across that day.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frontier::{DatedDensity, Frontier, days_since_origin};
use crate::stat::regression::{student_t_p_value, student_t_quantile};
use crate::stat::{Estimate, Sample};

/// A panel's best model after a day against its best one up to that day.
#[derive(Debug, Clone, PartialEq)]
pub struct Across {
    /// The panel.
    pub panel: String,
    /// The densest model up to the day.
    pub before: DatedDensity,
    /// The densest model after it; less dense than `before` where the panel fell back.
    pub after: DatedDensity,
}

impl Across {
    /// Compares both sides of `until`; `None` where the panel has no model on one of them.
    #[must_use]
    pub fn of(panel: &str, frontier: &Frontier, until: Date) -> Option<Self> {
        let best = |late: bool| {
            let side = frontier.models().iter().filter(|model| (model.date > until) == late);
            side.max_by(|a, b| a.density.total_cmp(&b.density)).cloned()
        };
        Some(Self { panel: panel.to_owned(), before: best(false)?, after: best(true)? })
    }

    /// Days from the one to the other.
    #[must_use]
    pub fn days(&self) -> f64 {
        days_since_origin(self.after.date) - days_since_origin(self.before.date)
    }

    /// Rise of ln ρ.
    #[must_use]
    pub fn rise(&self) -> f64 {
        (self.after.density / self.before.density).ln()
    }

    /// Rise in a day.
    #[must_use]
    pub fn growth(&self) -> f64 {
        self.rise() / self.days()
    }
}

/// Common growth of the panels across a day.
#[derive(Debug, Clone, PartialEq)]
pub struct AcrossGrowth {
    /// Least squares of rise on days through zero, with the t interval of the scatter between panels.
    pub growth: Estimate,
    /// p value of no growth (two-sided t).
    pub p_none: f64,
    /// Standard error of the growth.
    error: f64,
    freedom: f64,
}

impl AcrossGrowth {
    /// `None` below three panels.
    #[must_use]
    pub fn of(panels: &[Across], level: f64) -> Option<Self> {
        if panels.len() < 3 {
            return None;
        }
        let freedom = (panels.len() - 1) as f64;
        let squares: f64 = panels.iter().map(|panel| panel.days().powi(2)).sum();
        let slope = panels.iter().map(|panel| panel.days() * panel.rise()).sum::<f64>() / squares;
        let scatter: f64 = panels.iter().map(|panel| (panel.rise() - slope * panel.days()).powi(2)).sum();
        let error = (scatter / freedom / squares).sqrt();
        let reach = student_t_quantile(0.5 + level / 2.0, freedom) * error;
        Some(Self {
            growth: Estimate::new(slope, slope - reach, slope + reach, level, "t-through-zero"),
            p_none: student_t_p_value(slope / error, freedom),
            error,
            freedom,
        })
    }

    /// p value of a growth of `rate` (two-sided t; the rate counts as known).
    #[must_use]
    pub fn p_of(&self, rate: f64) -> f64 {
        student_t_p_value((self.growth.point - rate) / self.error, self.freedom)
    }
}

/// Median of the panels' growth with the distribution-free interval from the smallest to the largest, whose level is
/// 1 − 2^(1−n); `None` below three panels.
#[must_use]
pub fn median_growth(panels: &[Across]) -> Option<Estimate> {
    if panels.len() < 3 {
        return None;
    }
    let growth = Sample::new(panels.iter().map(Across::growth).collect()).ok()?;
    let sorted = growth.sorted();
    let level = 1.0 - 0.5_f64.powi(panels.len() as i32 - 1);
    Some(Estimate::new(growth.median(), sorted[0], sorted[sorted.len() - 1], level, "sign-test"))
}

/// What an interval says of a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// It holds the law's rate and excludes no growth.
    Holds,
    /// It holds both the law's rate and no growth.
    Undecided,
    /// All of it lies below the law's rate.
    Slower,
    /// All of it lies above the law's rate.
    Faster,
}

impl Reading {
    /// Reads an interval of growth against the law's `rate`.
    #[must_use]
    pub fn of(growth: &Estimate, rate: f64) -> Self {
        if growth.high.is_some_and(|high| high < rate) {
            Self::Slower
        } else if growth.low.is_some_and(|low| low > rate) {
            Self::Faster
        } else if growth.low.is_some_and(|low| low > 0.0) {
            Self::Holds
        } else {
            Self::Undecided
        }
    }

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Undecided => "undecided",
            Self::Slower => "slower",
            Self::Faster => "faster",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn across(days: i64, rise: f64) -> Across {
        let start = date(2024, 9, 1);
        let model = |date: Date, density: f64| DatedDensity { model: date.to_string(), date, density };
        let end = start.checked_add(jiff::Span::new().days(days)).unwrap();
        Across { panel: String::new(), before: model(start, 1.0), after: model(end, rise.exp()) }
    }

    #[test]
    fn growth_through_zero_agrees_with_statsmodels() {
        // statsmodels 0.14: OLS([-0.8, 1.4, 2.2, 1.0, 2.7], [427, 222, 405, 222, 294]), no constant.
        let panels = [(427, -0.8), (222, 1.4), (405, 2.2), (222, 1.0), (294, 2.7)].map(|(t, r)| across(t, r));
        let found = AcrossGrowth::of(&panels, 0.95).unwrap();
        approx::assert_relative_eq!(found.growth.point, EXPECTED.0, max_relative = 1e-9);
        approx::assert_relative_eq!(found.growth.low.unwrap(), EXPECTED.1, max_relative = 1e-6);
        approx::assert_relative_eq!(found.p_none, EXPECTED.2, max_relative = 1e-6);
        assert!(AcrossGrowth::of(&panels[..2], 0.95).is_none());
        let median = median_growth(&panels).unwrap();
        approx::assert_relative_eq!(median.point, 2.2 / 405.0);
        approx::assert_relative_eq!(median.level, 0.9375);
    }

    const EXPECTED: (f64, f64, f64) = (0.003_530_576_372_238_678, -0.002_216_467_832_466_576, 0.163_270_334_023_701_1);

    #[test]
    fn both_sides_of_the_day_are_needed() {
        let models = |days: &[i8]| {
            Frontier::new(
                days.iter()
                    .map(|day| DatedDensity {
                        model: day.to_string(),
                        date: date(2025, 4, *day),
                        density: 30.0 - f64::from(*day),
                    })
                    .collect(),
            )
            .unwrap()
        };
        let found = Across::of("p", &models(&[1, 4, 7, 9]), date(2025, 4, 5)).unwrap();
        assert_eq!((found.before.model.as_str(), found.after.model.as_str(), found.days()), ("1", "7", 6.0));
        assert!(found.growth() < 0.0);
        assert!(Across::of("p", &models(&[1, 4]), date(2025, 4, 5)).is_none());
    }

    #[test]
    fn an_interval_is_read_against_the_law() {
        let of = |low, high| Reading::of(&Estimate::new(0.5 * (low + high), low, high, 0.95, "t"), 0.0065);
        assert_eq!(of(0.001, 0.008), Reading::Holds);
        assert_eq!(of(-0.001, 0.008), Reading::Undecided);
        assert_eq!(of(-0.001, 0.006), Reading::Slower);
        assert_eq!(of(0.007, 0.009), Reading::Faster);
    }
}
