//! What resamples say: the bootstrap's percentiles, taken further out where there are few items.

use statrs::distribution::{ContinuousCDF, Normal};

use super::quantile::{normal, student, z};

/// How much less a resample of `freedom` + 1 items spreads than the items that it stands for.
fn narrowness(freedom: f64) -> f64 {
    if freedom.is_finite() { ((freedom + 1.0) / freedom).sqrt() } else { 1.0 }
}

/// Bounds of an effect, each exceeded with probability at most `tail`: the k-th replicate from each end with
/// k = ⌊tail·(B + 1)⌋, below 0 exactly where the p-value is at most `tail`.
///
/// Of few items the tail is taken further out (the expanded percentile interval: T. C. Hesterberg, *What Teachers Should Know
/// About the Bootstrap*, The American Statistician 69, 2015).
pub(super) fn bounds(replicates: &[f64], freedom: f64, tail: f64) -> (f64, f64) {
    let tail = match freedom.is_finite() {
        true => Normal::standard().sf(narrowness(freedom) * student(z(tail), freedom)),
        false => tail,
    };
    let b = replicates.len();
    let k = (tail * (b + 1) as f64 + 1e-9).floor() as usize;
    if k == 0 || k > b { (f64::NEG_INFINITY, f64::INFINITY) } else { (replicates[k - 1], replicates[b - k]) }
}

/// One-sided p-value of "no drop".
pub(super) fn p_drop(replicates: &[f64], freedom: f64) -> f64 {
    let below = replicates.partition_point(|effect| *effect < 0.0);
    let p = (1 + replicates.len() - below) as f64 / (replicates.len() + 1) as f64;
    if freedom.is_finite() && p < 0.5 { Normal::standard().sf(normal(z(p) / narrowness(freedom), freedom)) } else { p }
}

/// Standard error of an effect: the spread of its finite replicates.
pub(super) fn error(replicates: &[f64], freedom: f64) -> f64 {
    let finite: Vec<f64> = replicates.iter().copied().filter(|e| e.is_finite()).collect();
    let n = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / n;
    let variance = finite.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (n - 1.0);
    narrowness(freedom) * variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::resampled;
    use super::*;

    #[test]
    fn bounds_and_p_values_agree_for_replicates() {
        let replicates: Vec<f64> = (0..999).map(|i| f64::from(i) / 999.0 - 0.96).collect();
        let evidence = resampled(Some(-0.46), replicates, "paired bootstrap");
        let p = evidence.p_drop();
        // 959 or 960 of 999 lie below 0.
        assert!((p - 0.04).abs() < 0.0015, "{p}");
        assert!(evidence.bounds(p).1 < 0.0 && evidence.bounds(p - 0.0011).1 >= 0.0);
        let open = evidence.bounds(1e-4);
        assert!(open.0.is_infinite() && open.1.is_infinite(), "too few resamples for this level");
    }

    #[test]
    fn few_items_reach_further_and_bounds_and_p_values_still_agree() {
        let replicates: Vec<f64> = (0..9999).map(|i| z(1.0 - f64::from(i + 1) / 10_000.0) - 2.0).collect();
        let many = resampled(Some(-2.0), replicates, "paired bootstrap");
        // t of 9 degrees at 5 % is 1.833113; times √(10/9), of normal replicates as many deviations.
        let few = many.clone().of_freedom(9.0);
        assert!((many.bounds(0.05).1 + 2.0 - 1.644_85).abs() < 2e-3, "{:?}", many.bounds(0.05));
        assert!(
            (few.bounds(0.05).1 + 2.0 - 1.833_113 * (10.0_f64 / 9.0).sqrt()).abs() < 2e-3,
            "{:?}",
            few.bounds(0.05)
        );
        let p = few.p_drop();
        assert!(p > many.p_drop() && few.bounds(p * 1.01).1 < 0.0 && few.bounds(p * 0.99).1 >= 0.0, "{p}");
        assert!(few.detectable(0.05).unwrap() > 1.1 * many.detectable(0.05).unwrap());
    }
}
