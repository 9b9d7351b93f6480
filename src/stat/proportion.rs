//! Intervals of proportions.

use statrs::distribution::{ContinuousCDF, Normal};

use super::Estimate;

/// The Wilson score interval of `successes` out of `trials` at the given level; `None` without trials.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
#[must_use]
pub fn wilson(successes: u64, trials: u64, level: f64) -> Option<Estimate> {
    if trials == 0 || successes > trials || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    let scale = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / scale;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    // At the ends the formula gives 0 and 1 up to rounding.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some(Estimate::new(p, low, high, level, "wilson"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn wilson_matches_statsmodels() {
        // statsmodels.stats.proportion.proportion_confint(k, n, 0.05, "wilson")
        let published = [
            (0, 20, 0.0, 0.161_125_158_052_819_4),
            (25, 100, 0.175_452_113_622_876_77, 0.343_044_635_480_616_1),
            (153, 570, 0.233_681_251_832_998_76, 0.306_261_364_871_822_44),
            (20, 20, 0.838_874_841_947_180_4, 1.0),
        ];
        for (k, n, low, high) in published {
            let got = wilson(k, n, 0.95).unwrap();
            assert_relative_eq!(got.low.unwrap(), low, max_relative = 1e-9, epsilon = 1e-12);
            assert_relative_eq!(got.high.unwrap(), high, max_relative = 1e-9);
        }
        assert!(wilson(0, 0, 0.95).is_none());
        assert!(wilson(2, 1, 0.95).is_none());
    }
}
