//! What the same items cost every file, and the paired test of two files.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::stat::Bootstrap;

/// Fewer items decide nothing: both tests lean on the central limit theorem.
pub const LEAST_ITEMS: usize = 10;

/// The test of one file against another on the same items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beaten {
    /// One-sided p-value of "the second costs no more than the first".
    pub p: f64,
    /// Cost of the second less that of the first, over all items.
    pub difference: f64,
    /// Its standard error, by resampling.
    pub error: f64,
    /// Items.
    pub items: usize,
}

/// What items cost every file, by stratum, resampled together: one draw of the items serves all files, so that the
/// differences of any two are paired.
#[derive(Debug, Clone)]
pub struct Costs {
    /// One row an item, one column a file.
    rows: Vec<Vec<f64>>,
    /// Column by column: the sums of each resample.
    sums: Vec<Vec<f64>>,
}

impl Costs {
    /// Of items by stratum, each with the cost under every file (finite), and the draws of the paired bootstrap.
    #[must_use]
    pub fn of(strata: &[Vec<Vec<f64>>], files: usize, bootstrap: Bootstrap) -> Self {
        let mut rng: ChaCha8Rng = rand::SeedableRng::seed_from_u64(bootstrap.seed);
        let mut sums = vec![Vec::with_capacity(bootstrap.resamples); files];
        let mut drawn = vec![0.0; files];
        for _ in 0..bootstrap.resamples {
            drawn.fill(0.0);
            for items in strata.iter().filter(|items| !items.is_empty()) {
                for _ in 0..items.len() {
                    let item = &items[rng.random_range(0..items.len())];
                    drawn.iter_mut().zip(item).for_each(|(sum, cost)| *sum += cost);
                }
            }
            sums.iter_mut().zip(&drawn).for_each(|(sums, sum)| sums.push(*sum));
        }
        Self { rows: strata.iter().flatten().cloned().collect(), sums }
    }

    /// The test of "`second` costs no more than `first`": the larger of the p-values of the paired bootstrap and of
    /// Student's paired t, as the first trusts few items too much and the second skewed ones.
    #[must_use]
    pub fn test(&self, first: usize, second: usize) -> Beaten {
        let differences: Vec<f64> = self.rows.iter().map(|row| row[second] - row[first]).collect();
        let items = differences.len();
        let difference = differences.iter().sum::<f64>();
        let resampled: Vec<f64> = self.sums[second].iter().zip(&self.sums[first]).map(|(b, a)| b - a).collect();
        let error = spread(&resampled);
        let p = if items < LEAST_ITEMS || resampled.is_empty() {
            1.0
        } else {
            let against = resampled.iter().filter(|difference| **difference <= 0.0).count();
            let by_draws = (1 + against) as f64 / (resampled.len() + 1) as f64;
            by_draws.max(student(&differences))
        };
        Beaten { p, difference, error, items }
    }
}

/// Standard deviation.
fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// The one-sided p-value of "the mean is not above 0" by Student's t.
fn student(differences: &[f64]) -> f64 {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let error = spread(differences) / n.sqrt();
    if error == 0.0 {
        return if mean > 0.0 { 0.0 } else { 1.0 };
    }
    StudentsT::new(0.0, 1.0, n - 1.0).map_or(1.0, |law| law.sf(mean / error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paired_t_is_that_of_scipy() {
        // SciPy 1.17: scipy.stats.ttest_1samp([1, 2, -1, 3, 0.5, 1.5, 2.5, -0.5, 1, 2], 0, alternative="greater").pvalue
        let p = student(&[1.0, 2.0, -1.0, 3.0, 0.5, 1.5, 2.5, -0.5, 1.0, 2.0]);
        approx::assert_relative_eq!(p, 0.007_732_553_050_432_827, max_relative = 1e-9);
    }

    #[test]
    fn equal_costs_and_few_items_decide_nothing() {
        let bootstrap = Bootstrap { resamples: 999, seed: 3 };
        let same: Vec<Vec<f64>> = (0..50).map(|item| vec![f64::from(item), f64::from(item)]).collect();
        let costs = Costs::of(&[same], 2, bootstrap);
        assert_eq!(costs.test(0, 1), Beaten { p: 1.0, difference: 0.0, error: 0.0, items: 50 });
        let few: Vec<Vec<f64>> = (0..9).map(|item| vec![0.0, 1.0 + f64::from(item)]).collect();
        assert_eq!(Costs::of(&[few], 2, bootstrap).test(0, 1).p, 1.0);
        let enough: Vec<Vec<f64>> = (0..20).map(|item| vec![0.0, 1.0 + f64::from(item)]).collect();
        let costs = Costs::of(&[enough], 2, bootstrap);
        assert_eq!((costs.test(0, 1).p, costs.test(1, 0).p), (0.001, 1.0));
    }
}
