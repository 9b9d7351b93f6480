//! A non-empty collection of finite numbers, and what can be said of it.

use super::Estimate;
use super::regression::student_t_quantile;

/// Why numbers do not make a [`Sample`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// There was nothing.
    #[error("no values")]
    Empty,
    /// A value was NaN or infinite.
    #[error("value {} is {value}, not a finite number", index + 1)]
    NotFinite {
        /// Position of the value, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
}

/// At least one number, all finite, in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// Takes the values in any order.
    ///
    /// # Errors
    /// No value at all, or one that is NaN or infinite.
    pub fn new(mut values: Vec<f64>) -> Result<Self, SampleError> {
        if values.is_empty() {
            return Err(SampleError::Empty);
        }
        if let Some((index, &value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(SampleError::NotFinite { index, value });
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self(values))
    }

    /// How many values there are (never 0).
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a sample is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The values in ascending order.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.0[0]
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    /// Arithmetic mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// Standard deviation with n − 1 in the denominator; `None` for a single value.
    #[must_use]
    pub fn standard_deviation(&self) -> Option<f64> {
        let n = self.0.len();
        if n < 2 {
            return None;
        }
        let mean = self.mean();
        let squares: f64 = self.0.iter().map(|value| (value - mean).powi(2)).sum();
        Some((squares / (n - 1) as f64).sqrt())
    }

    /// The quantile at `p` in [0, 1] (clamped), interpolated linearly between order statistics:
    /// type 7 of Hyndman and Fan (1996), the default of R and NumPy.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        quantile_of_sorted(&self.0, p)
    }

    /// The middle value.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Median absolute deviation from the median, unscaled (times 1.4826 it estimates a normal standard deviation).
    #[must_use]
    pub fn mad(&self) -> f64 {
        let median = self.median();
        let mut deviations: Vec<f64> = self.0.iter().map(|value| (value - median).abs()).collect();
        deviations.sort_unstable_by(f64::total_cmp);
        quantile_of_sorted(&deviations, 0.5)
    }

    /// The mean with its Student t interval at `level`; `None` for a single value.
    #[must_use]
    pub fn mean_estimate(&self, level: f64) -> Option<Estimate> {
        let n = self.0.len() as f64;
        let error = self.standard_deviation()? / n.sqrt();
        let reach = student_t_quantile(0.5 + level / 2.0, n - 1.0) * error;
        let mean = self.mean();
        Some(Estimate::new(mean, mean - reach, mean + reach, level, "t"))
    }
}

/// Type 7 quantile of values already in ascending order; the slice must not be empty.
pub(super) fn quantile_of_sorted(sorted: &[f64], p: f64) -> f64 {
    let position = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = position.ceil() as usize;
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_nothing_and_nan() {
        assert_eq!(Sample::new(vec![]), Err(SampleError::Empty));
        let error = Sample::new(vec![1.0, f64::NAN]).unwrap_err();
        assert_eq!(error.to_string(), "value 2 is NaN, not a finite number");
    }

    #[test]
    fn agrees_with_numpy() {
        // numpy.quantile(x, [0.1, 0.5, 0.9]), numpy.std(x, ddof=1) and scipy.stats.median_abs_deviation(x).
        let sample = Sample::new(vec![3.1, -2.0, 7.5, 0.4, 11.0, 3.3]).unwrap();
        approx::assert_relative_eq!(sample.quantile(0.1), -0.8, epsilon = 1e-12);
        approx::assert_relative_eq!(sample.median(), 3.2, epsilon = 1e-12);
        approx::assert_relative_eq!(sample.quantile(0.9), 9.25, epsilon = 1e-12);
        approx::assert_relative_eq!(sample.standard_deviation().unwrap(), 4.720_769_711_251_193, max_relative = 1e-12);
        approx::assert_relative_eq!(sample.mad(), 3.55, epsilon = 1e-12);
    }

    #[test]
    fn one_value_has_no_interval() {
        let sample = Sample::new(vec![2.0]).unwrap();
        assert_eq!((sample.median(), sample.mad()), (2.0, 0.0));
        assert!(sample.standard_deviation().is_none() && sample.mean_estimate(0.95).is_none());
    }
}
