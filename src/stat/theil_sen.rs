//! Theil–Sen: the median of all pairwise slopes, which up to 29 % of wild points cannot move far.

use statrs::distribution::{ContinuousCDF, Normal};

use super::regression::checked;
use super::sample::quantile_of_sorted;
use super::{Estimate, RegressionError};

/// A robust line.
#[derive(Debug, Clone, PartialEq)]
pub struct TheilSen {
    /// Median pairwise slope with Sen's (1968) interval, which inverts Kendall's test.
    pub slope: Estimate,
    /// Median of y minus the slope times the median of x.
    pub intercept: f64,
}

/// Fits the line. Work and memory grow with the square of the number of points.
///
/// # Errors
/// Fewer than two points, slices of different length, a non-finite coordinate, or a single distinct x.
pub fn theil_sen(x: &[f64], y: &[f64], level: f64) -> Result<TheilSen, RegressionError> {
    checked(x, y, 2)?;
    let mut slopes = Vec::new();
    for i in 0..x.len() {
        for j in 0..i {
            if x[i] != x[j] {
                slopes.push((y[i] - y[j]) / (x[i] - x[j]));
            }
        }
    }
    if slopes.is_empty() {
        return Err(RegressionError::OneAbscissa);
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let slope = quantile_of_sorted(&slopes, 0.5);

    let pairs = slopes.len() as f64;
    let n = x.len() as f64;
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties(x) - ties(y)) / 18.0;
    let reach = -Normal::standard().inverse_cdf((1.0 - level) / 2.0) * variance.max(0.0).sqrt();
    // The ranks are rounded half to even, as SciPy does.
    let last = slopes.len() - 1;
    let low = (((pairs - reach) / 2.0).round_ties_even() - 1.0).clamp(0.0, last as f64) as usize;
    let high = (((pairs + reach) / 2.0).round_ties_even().clamp(0.0, last as f64)) as usize;
    let slope_estimate = Estimate::new(slope, slopes[low], slopes[high], level, "sen");
    Ok(TheilSen { slope: slope_estimate, intercept: median(y) - slope * median(x) })
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_of_sorted(&sorted, 0.5)
}

/// The tie term of Kendall's variance, Σ k(k − 1)(2k + 5) over groups of k equal values.
fn ties(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).map(|k| k * (k - 1.0) * (2.0 * k + 5.0)).sum()
}
