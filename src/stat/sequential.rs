//! Looking often without paying for it in false alarms: bounds that hold at every look at once, or at a single one.
//!
//! The one-sided normal mixture of Robbins (1970): a statistic S_n whose increments have mean 0 and variance 1 stays below
//! √n·[`Mixture::radius`] for all n together with probability 1 − α. With a variance estimated from the data this is the
//! asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, *Time-uniform central limit
//! theory and asymptotic confidence sequences*, Ann. Stat. 52 (2024), eq. 17; the mixture SPRT is its dual test.

use statrs::distribution::{ContinuousCDF, Normal};

/// How far a statistic must stand from 0, by how often one looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Boundary {
    /// One look, planned before the data: the normal law's own quantile.
    Single,
    /// Any number of looks.
    Mixture(Mixture),
}

impl Boundary {
    /// The bound in standard errors after `items` items, exceeded with probability at most `alpha`.
    #[must_use]
    pub fn radius(self, items: f64, alpha: f64) -> f64 {
        match self {
            Self::Single => Normal::standard().inverse_cdf(1.0 - alpha),
            Self::Mixture(mixture) => mixture.radius(items, alpha),
        }
    }

    /// The one-sided p-value of a statistic that stands `z` standard errors above 0.
    #[must_use]
    pub fn p_value(self, z: f64, items: f64) -> f64 {
        match self {
            Self::Single => Normal::standard().sf(z),
            Self::Mixture(mixture) => mixture.p_value(z, items),
        }
    }
}

/// A mixture, tuned to be narrowest after so many items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    /// Variance of the mixing half-normal law.
    rho_squared: f64,
}

impl Mixture {
    /// The mixture whose one-sided bound at `alpha` is about the narrowest after `items` items.
    #[must_use]
    pub fn narrowest_at(items: f64, alpha: f64) -> Self {
        // Eq. 18 there, for the one-sided bound (2α in place of α).
        let logarithm = -2.0 * (2.0 * alpha).ln();
        Self { rho_squared: (logarithm + (logarithm + 1.0).ln()) / items.max(1.0) }
    }

    /// The bound in standard errors after `items` items: exceeded at any look with probability at most `alpha`.
    #[must_use]
    pub fn radius(self, items: f64, alpha: f64) -> f64 {
        let n = items * self.rho_squared;
        (2.0 * (1.0 + 1.0 / n) * ((n + 1.0).sqrt() / (2.0 * alpha)).ln_1p()).sqrt()
    }

    /// The p-value of a look at which the statistic stands `z` standard errors above 0; the smallest over all looks so
    /// far is a p-value at any time.
    #[must_use]
    pub fn p_value(self, z: f64, items: f64) -> f64 {
        if z <= 0.0 || z.is_nan() {
            return 1.0;
        }
        let n = items * self.rho_squared;
        let grown = (z * z / (2.0 * (1.0 + 1.0 / n))).exp_m1();
        ((n + 1.0).sqrt() / (2.0 * grown)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::draw::standard_normal;
    use approx::assert_relative_eq;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn radius_and_p_value_are_inverse() {
        let mixture = Mixture::narrowest_at(50.0, 0.05);
        for items in [10.0, 50.0, 500.0] {
            for alpha in [0.05, 0.01, 0.002] {
                let radius = mixture.radius(items, alpha);
                assert_relative_eq!(mixture.p_value(radius, items), alpha, max_relative = 1e-9);
            }
        }
        assert_eq!(mixture.p_value(-1.0, 10.0), 1.0);
        // scipy.stats.norm.isf(0.005); whoever looks once pays least.
        assert_relative_eq!(Boundary::Single.radius(10.0, 0.005), 2.575_829_3, max_relative = 1e-7);
        assert_relative_eq!(Boundary::Single.p_value(2.575_829_3, 10.0), 0.005, max_relative = 1e-6);
        assert!(Boundary::Single.radius(10.0, 0.005) < Boundary::Mixture(mixture).radius(10.0, 0.005));
    }

    #[test]
    fn a_walk_without_drift_crosses_no_more_often_than_stated() {
        let mixture = Mixture::narrowest_at(50.0, 0.05);
        let mut rng = ChaCha8Rng::seed_from_u64(20);
        let walks = 4000;
        let crossed = (0..walks)
            .filter(|_| {
                let mut sum = 0.0;
                (1..=500).any(|n| {
                    sum += standard_normal(&mut rng);
                    f64::from(n) >= 5.0 && sum / f64::from(n).sqrt() > mixture.radius(f64::from(n), 0.05)
                })
            })
            .count();
        let rate = crossed as f64 / f64::from(walks);
        // At most 5 %; and not so far below that the bound would be no bound of this statistic.
        assert!(rate < 0.05 + 3.0 * (0.05 * 0.95 / f64::from(walks)).sqrt() && rate > 0.01, "{rate}");
    }
}
