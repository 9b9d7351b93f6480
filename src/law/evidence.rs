//! What a comparison of two models has seen of an effect: bounds at any level, p-values that agree with them, and the
//! smallest drop it could have seen.
//!
//! An effect is a number whose 0 means "no change" and whose negative values mean "worse": the logarithm of a ratio
//! compressed over original, or a difference of scores.

use std::fmt;
use std::rc::Rc;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use self::quantile::{normal, student, z};
use crate::stat::draw::standard_normal;
use crate::stat::paired::Discordant;
use crate::stat::proportion::Alternative;
use crate::stat::sequential::Boundary;

mod quantile;
mod resamples;

/// Power at which a detectable drop is stated.
pub const POWER: f64 = 0.8;
/// Fewer discordant pairs than this are tested exactly.
pub const FEW_DISCORDANT: u64 = 25;
/// A look at fewer items decides nothing: the boundary leans on the central limit theorem.
pub const LEAST_ITEMS: f64 = 10.0;

/// A monotone, increasing function of a score difference.
pub type Through = Rc<dyn Fn(f64) -> f64>;

/// What the two models cost: ln(original / compressed), with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Above 0 where the compressed model is cheaper.
    pub ln: f64,
    /// Its standard error (0: counted, not measured).
    pub error: f64,
}

/// What is known of an effect.
#[derive(Clone)]
pub enum Evidence {
    /// Known without error.
    Certain {
        /// The effect.
        effect: f64,
    },
    /// A normal estimate.
    Normal {
        /// The effect.
        effect: f64,
        /// Its standard error.
        error: f64,
    },
    /// Resampled effects in ascending order; infinite where a resample left the curve.
    Resampled {
        /// The effect, where the data themselves have one.
        effect: Option<f64>,
        /// Effects of the resamples, ascending.
        replicates: Rc<Vec<f64>>,
        /// Degrees of freedom of their spread: few items spread less in resamples than in truth (infinite: no correction).
        freedom: f64,
        /// How they were made.
        method: &'static str,
    },
    /// Few discordant pairs: the exact test, carried through a function.
    Exact {
        /// The pairs of all tasks together.
        pairs: Discordant,
        /// From the difference of scores (a fraction) to the effect.
        through: Through,
        /// What is added to the effect.
        cost: Cost,
    },
    /// An estimate with its standard error, by as many looks as the boundary allows.
    Sequential {
        /// The effect.
        effect: f64,
        /// Its standard error.
        error: f64,
        /// Degrees of freedom of the standard error (infinite where it is not estimated from a spread).
        freedom: f64,
        /// Items so far.
        items: f64,
        /// How often one may look.
        boundary: Boundary,
    },
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.method(), self.effect())
    }
}

/// Sorts replicates into evidence.
#[must_use]
pub fn resampled(effect: Option<f64>, mut replicates: Vec<f64>, method: &'static str) -> Evidence {
    replicates.sort_unstable_by(f64::total_cmp);
    Evidence::Resampled { effect, replicates: Rc::new(replicates), freedom: f64::INFINITY, method }
}

impl Evidence {
    /// The effect itself; `None` where it does not exist (the compressed model is off the curve).
    #[must_use]
    pub fn effect(&self) -> Option<f64> {
        match self {
            Self::Certain { effect } | Self::Normal { effect, .. } | Self::Sequential { effect, .. } => Some(*effect),
            Self::Resampled { effect, .. } => *effect,
            Self::Exact { pairs, through, cost } => {
                Some(through(pairs.difference()) + cost.ln).filter(|e| e.is_finite())
            }
        }
    }

    /// The name of the method, for the report.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Certain { .. } => "identical answers",
            Self::Normal { .. } => "normal",
            Self::Resampled { method, .. } => method,
            Self::Exact { .. } => "McNemar exact, Clopper-Pearson",
            Self::Sequential { boundary: Boundary::Single, .. } => "Student's t, a single look",
            Self::Sequential { .. } => "asymptotic confidence sequence (normal mixture)",
        }
    }

    /// Lower and upper bound of the effect, each exceeded with probability at most `tail`; infinite where open.
    #[must_use]
    pub fn bounds(&self, tail: f64) -> (f64, f64) {
        match self {
            Self::Certain { effect } => (*effect, *effect),
            Self::Normal { effect, error } => (effect - z(tail) * error, effect + z(tail) * error),
            Self::Sequential { items, .. } if *items < LEAST_ITEMS => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Sequential { effect, error, freedom, items, boundary } => {
                let reach = student(boundary.radius(*items, tail), *freedom) * error;
                (effect - reach, effect + reach)
            }
            Self::Resampled { replicates, freedom, .. } => resamples::bounds(replicates, *freedom, tail),
            Self::Exact { pairs, through, cost } => {
                let (low, high) = pairs.bounds(tail);
                let middle = through(pairs.difference());
                if !middle.is_finite() {
                    return (through(low) + cost.ln, through(high) + cost.ln);
                }
                let reach = |end: f64| (through(end) - middle).hypot(z(tail) * cost.error);
                (middle + cost.ln - reach(low), middle + cost.ln + reach(high))
            }
        }
    }

    /// One-sided p-value of "no drop": small where the effect is below 0.
    #[must_use]
    pub fn p_drop(&self) -> f64 {
        match self {
            Self::Certain { effect } => {
                if *effect < 0.0 {
                    0.0
                } else {
                    1.0
                }
            }
            Self::Normal { effect, error } => Normal::standard().cdf(effect / error),
            Self::Sequential { items, .. } if *items < LEAST_ITEMS => 1.0,
            Self::Sequential { effect, error, freedom, items, boundary } => {
                boundary.p_value(normal(-effect / error, *freedom), *items)
            }
            Self::Resampled { replicates, freedom, .. } => resamples::p_drop(replicates, *freedom),
            Self::Exact { pairs, cost, .. } if *cost == Cost::default() => pairs.mcnemar(Alternative::Greater),
            Self::Exact { .. } => self.inverted(),
        }
    }

    /// The smallest level at which the upper bound is below 0, by bisection.
    fn inverted(&self) -> f64 {
        let rejects = |tail: f64| self.bounds(tail).1 < 0.0;
        let (mut low, mut high) = (1e-12, 0.499);
        if !rejects(high) {
            return 1.0;
        }
        for _ in 0..60 {
            let middle = f64::sqrt(low * high);
            if rejects(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// The smallest drop that would have been found with probability [`POWER`] at the one-sided level `tail`, in units of
    /// the effect (positive); `None` where nothing could have been found or there was no error to overcome.
    #[must_use]
    pub fn detectable(&self, tail: f64) -> Option<f64> {
        let power = z(1.0 - POWER);
        let drop = match self {
            Self::Certain { .. } => return None,
            Self::Normal { error, .. } => (z(tail) + power) * error,
            Self::Sequential { error, freedom, items, boundary, .. } => {
                (student(boundary.radius(*items, tail), *freedom) + power) * error
            }
            Self::Resampled { replicates, freedom, .. } => {
                (student(z(tail), *freedom) + power) * resamples::error(replicates, *freedom)
            }
            Self::Exact { pairs, through, cost } => {
                let reach = (z(tail) + power) * pairs.standard_error();
                (through(0.0) - through(-reach)).hypot((z(tail) + power) * cost.error)
            }
        };
        (drop.is_finite() && drop > 0.0).then_some(drop)
    }

    /// The effect with a cost added, as a density by memory or by time has it. `seed` draws the cost's error.
    #[must_use]
    pub fn with_cost(&self, cost: Cost, seed: u64) -> Self {
        match self {
            Self::Certain { effect } if cost.error == 0.0 => Self::Certain { effect: effect + cost.ln },
            Self::Certain { effect } => Self::Normal { effect: effect + cost.ln, error: cost.error },
            Self::Normal { effect, error } => Self::Normal { effect: effect + cost.ln, error: error.hypot(cost.error) },
            Self::Sequential { effect, error, freedom, items, boundary } => Self::Sequential {
                effect: effect + cost.ln,
                error: error.hypot(cost.error),
                freedom: *freedom,
                items: *items,
                boundary: *boundary,
            },
            Self::Exact { pairs, through, cost: before } => Self::Exact {
                pairs: *pairs,
                through: Rc::clone(through),
                cost: Cost { ln: before.ln + cost.ln, error: before.error.hypot(cost.error) },
            },
            Self::Resampled { effect, replicates, freedom, method } => {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let noise =
                    |rng: &mut ChaCha8Rng| if cost.error > 0.0 { cost.error * standard_normal(rng) } else { 0.0 };
                let shifted = replicates.iter().map(|e| e + cost.ln + noise(&mut rng)).collect();
                resampled(effect.map(|e| e + cost.ln), shifted, method).of_freedom(*freedom)
            }
        }
    }

    /// The same, of resamples whose spread has as many degrees of freedom.
    #[must_use]
    pub(super) fn of_freedom(self, freedom: f64) -> Self {
        match self {
            Self::Resampled { effect, replicates, method, .. } => {
                Self::Resampled { effect, replicates, freedom, method }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_cost_widens_and_shifts() {
        let certain = Evidence::Certain { effect: 0.0 };
        assert_eq!(certain.with_cost(Cost { ln: 0.5, error: 0.0 }, 1).bounds(0.05), (0.5, 0.5));
        let noisy = certain.with_cost(Cost { ln: -0.1, error: 0.05 }, 1);
        assert!((noisy.p_drop() - 0.022_75).abs() < 1e-4, "{}", noisy.p_drop());
        let pairs = Discordant { lost: 8, won: 1, items: 200 };
        let exact = Evidence::Exact { pairs, through: Rc::new(|d| 10.0 * d), cost: Cost::default() };
        assert!((exact.p_drop() - 10.0 / 512.0).abs() < 1e-12, "scipy.stats.binomtest(8, 9, 0.5, 'greater')");
        // An added cost of nothing, but seen as a cost, leads through the inverted bounds to the same p.
        let inverted = exact.inverted();
        assert!((inverted / exact.p_drop() - 1.0).abs() < 1e-6, "{inverted}");
    }
}
