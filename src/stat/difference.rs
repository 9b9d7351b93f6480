//! The difference between two independent measurements of one quantity, with errors that may differ by side.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{Estimate, Sample};

/// The second measurement minus the first: of logarithms where their ratio is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The difference.
    pub point: f64,
    /// Standard error that the lower end of an interval is made of.
    pub error_below: f64,
    /// Standard error that the upper end is made of.
    pub error_above: f64,
    /// Degrees of freedom of Student's t; infinite for the normal distribution.
    pub degrees: f64,
    /// How it was made.
    pub method: &'static str,
}

impl Difference {
    /// Mean logarithm of the second sample minus that of the first: their ratio of geometric means. `None` unless both
    /// hold at least two numbers, all above 0.
    ///
    /// Source: B. L. Welch, *The generalization of "Student's" problem when several different population variances are
    /// involved*, Biometrika 34 (1947).
    #[must_use]
    pub fn of_logs(first: &Sample, second: &Sample) -> Option<Self> {
        let logs = |sample: &Sample| Sample::new(sample.sorted().iter().map(|value| value.ln()).collect()).ok();
        let (first, second) = (logs(first)?, logs(second)?);
        let part = |sample: &Sample| {
            let n = sample.len() as f64;
            Some((sample.standard_deviation()?.powi(2) / n, n - 1.0))
        };
        let ((v1, f1), (v2, f2)) = (part(&first)?, part(&second)?);
        let error = (v1 + v2).sqrt();
        let degrees = if error > 0.0 { (v1 + v2).powi(2) / (v1 * v1 / f1 + v2 * v2 / f2) } else { f1 + f2 };
        Some(Self {
            point: second.mean() - first.mean(),
            error_below: error,
            error_above: error,
            degrees,
            method: "Welch's t on logarithms of repetitions",
        })
    }

    /// From two estimates that carry their own intervals. `None` where an end is open or a number not finite.
    ///
    /// Source: G. Y. Zou and A. Donner, *Construction of confidence limits about effect measures: a general approach*,
    /// Stat. Med. 27 (2008); for two proportions with Wilson's intervals it is Newcombe's (1998).
    #[must_use]
    pub fn of_estimates(first: &Estimate, second: &Estimate) -> Option<Self> {
        let reach = |estimate: &Estimate| {
            let z = normal_quantile(0.5 + estimate.level / 2.0);
            let (low, high) = (estimate.point - estimate.low?, estimate.high? - estimate.point);
            (z > 0.0 && low >= 0.0 && high >= 0.0 && (low + high).is_finite()).then_some((low / z, high / z))
        };
        let ((low1, high1), (low2, high2)) = (reach(first)?, reach(second)?);
        Some(Self {
            point: second.point - first.point,
            error_below: low2.hypot(high1),
            error_above: high2.hypot(low1),
            degrees: f64::INFINITY,
            method: "two independent intervals (MOVER)",
        })
    }

    /// The difference with its interval.
    #[must_use]
    pub fn estimate(&self, level: f64) -> Estimate {
        let reach = match StudentsT::new(0.0, 1.0, self.degrees) {
            Ok(law) if self.degrees.is_finite() => law.inverse_cdf(0.5 + level / 2.0),
            _ => normal_quantile(0.5 + level / 2.0),
        };
        let (low, high) = (self.point - reach * self.error_below, self.point + reach * self.error_above);
        Estimate::new(self.point, low, high, level, self.method)
    }

    /// One-sided p-value of "the true difference is not above `bound`".
    #[must_use]
    pub fn p_above(&self, bound: f64) -> f64 {
        self.tail(self.point - bound, self.error_below)
    }

    /// One-sided p-value of "the true difference is not below `bound`".
    #[must_use]
    pub fn p_below(&self, bound: f64) -> f64 {
        self.tail(bound - self.point, self.error_above)
    }

    /// Upper tail at `distance` in units of `error`. Without an error the sign decides.
    fn tail(&self, distance: f64, error: f64) -> f64 {
        if error <= 0.0 {
            return if distance > 0.0 { 0.0 } else { 1.0 };
        }
        match StudentsT::new(0.0, 1.0, self.degrees) {
            Ok(law) if self.degrees.is_finite() => law.sf(distance / error),
            _ => Normal::standard().sf(distance / error),
        }
    }
}

fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::stat::proportion::wilson;

    #[test]
    fn logs_agree_with_scipy() {
        // SciPy 1.17.1: ttest_ind(ln b, ln a, equal_var=False) with its confidence_interval(0.95), and the same
        // one-sided against ln a shifted by ± ln 1.05.
        let a = Sample::new(vec![101.2, 99.8, 100.5, 102.1, 98.7, 100.9]).unwrap();
        let b = Sample::new(vec![93.1, 95.4, 92.2, 94.8, 96.0, 91.7, 94.4]).unwrap();
        let found = Difference::of_logs(&a, &b).unwrap();
        assert_relative_eq!(found.degrees, 10.494_382_791_337_836, max_relative = 1e-9);
        assert_relative_eq!(found.point / found.error_below, -8.325_326_617_887_299, max_relative = 1e-9);
        let ratio = found.estimate(0.95).map(f64::exp);
        assert_relative_eq!(ratio.point, 0.934_376_547_350_928_1, max_relative = 1e-12);
        assert_relative_eq!(ratio.low.unwrap(), 0.917_661_877_114_038_2, max_relative = 1e-9);
        assert_relative_eq!(ratio.high.unwrap(), 0.951_395_665_454_832_7, max_relative = 1e-9);
        assert_relative_eq!(2.0 * found.p_below(0.0), 6.073_490_986_826e-6, max_relative = 1e-7);
        assert_relative_eq!(found.p_below(-(1.05_f64.ln())), 0.020_073_547_675_723_6, max_relative = 1e-7);
        assert_relative_eq!(found.p_above(1.05_f64.ln()), 1.0, max_relative = 1e-6);
    }

    #[test]
    fn proportions_agree_with_newcombe() {
        // statsmodels: confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff") for first − second.
        let (first, second) = (wilson(48, 80, 0.95).unwrap(), wilson(56, 70, 0.95).unwrap());
        // Newcombe's differences run from the proportions themselves, not from the centres of Wilson's intervals.
        let at = |estimate: Estimate, point: f64| Estimate { point, ..estimate };
        let found = Difference::of_estimates(&at(first, 0.6), &at(second, 0.8)).unwrap().estimate(0.95);
        assert_relative_eq!(found.low.unwrap(), 0.052_431_472_402_364_98, epsilon = 1e-9);
        assert_relative_eq!(found.high.unwrap(), 0.333_872_654_036_906_14, epsilon = 1e-9);
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        let one = Sample::new(vec![1.0]).unwrap();
        assert!(Difference::of_logs(&one, &one).is_none(), "no spread from one value");
        let negative = Sample::new(vec![-1.0, 2.0]).unwrap();
        assert!(Difference::of_logs(&negative, &negative).is_none());
        let open = Estimate { point: 1.0, low: Some(0.5), high: None, level: 0.95, method: "t".into() };
        assert!(Difference::of_estimates(&open, &open).is_none());
        let same = Sample::new(vec![2.0, 2.0, 2.0]).unwrap();
        let none = Difference::of_logs(&same, &same).unwrap();
        assert_eq!((none.p_above(0.0), none.p_below(0.0)), (1.0, 1.0), "equal without spread is no difference");
    }
}
