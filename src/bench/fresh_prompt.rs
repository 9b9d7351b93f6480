//! Whether a repeated prompt is faster than one that the engine has never seen: a cache would make it so, and a bench that
//! repeats one prompt would measure the cache.

use serde::{Deserialize, Serialize};

use super::measurement::LEVEL;
use super::runner::Sample;
use super::warning::Warning;
use crate::stat::{Estimate, Sample as Values};

/// Repetitions of a row that are followed by one with a prompt of its own: a cache is a matter of factors, not of per cents.
pub const PAIRS: usize = 3;

/// A repeated prompt may be so much faster before it is a warning.
const MOST_GAIN: f64 = 1.05;

/// Repetitions beside such with a prompt of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FreshPrompts {
    /// Pairs, each one after the other.
    pub pairs: u32,
    /// Time with a prompt of its own over the time with the repeated one; 1 where nothing is kept of a prompt.
    pub time_ratio: Estimate,
}

impl FreshPrompts {
    /// From the first repetitions of a row and what followed each; `None` without a pair.
    #[must_use]
    pub fn of(samples: &[Sample], fresh: &[Sample]) -> Option<Self> {
        let logarithm = |(repeated, fresh): (&Sample, &Sample)| {
            (fresh.duration_ns.max(1) as f64 / repeated.duration_ns.max(1) as f64).ln()
        };
        let logarithms: Vec<f64> = samples.iter().zip(fresh).map(logarithm).collect();
        let pairs = u32::try_from(logarithms.len()).unwrap_or(u32::MAX);
        let values = Values::new(logarithms).ok()?;
        let single =
            || Estimate { point: values.mean(), low: None, high: None, level: LEVEL, method: "single pair".into() };
        let several = |mean| Estimate { method: "t of the logarithms of paired times".into(), ..mean };
        let time_ratio = values.mean_estimate(LEVEL).map_or_else(single, several).map(f64::exp);
        Some(Self { pairs, time_ratio })
    }

    /// A warning where the repeated prompt was surely faster.
    #[must_use]
    pub fn judge(&self) -> Option<Warning> {
        let low = self.time_ratio.low.filter(|low| *low > MOST_GAIN)?;
        Some(Warning::RepeatedFaster { ratio: self.time_ratio.point, low })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Token;

    fn samples(durations: &[u64]) -> Vec<Sample> {
        let sample =
            |&duration_ns| Sample { duration_ns, token_ns: Vec::new(), first_token: None, tokens: 9, check: Token(1) };
        durations.iter().map(sample).collect()
    }

    #[test]
    fn the_ratio_is_that_of_pairs_with_its_interval() {
        // ln of 1.5, 1.6, 1.4: mean 0.403980, sd 0.066778, t(0.975, 2) = 4.302653 (SciPy): ± 0.165886.
        let found = FreshPrompts::of(&samples(&[100, 200, 300]), &samples(&[150, 320, 420])).unwrap();
        let ratio = &found.time_ratio;
        assert!((ratio.point - 1.497_774).abs() < 1e-5, "{ratio:?}");
        assert!((ratio.low.unwrap() - 1.268_829).abs() < 1e-5, "{ratio:?}");
        assert_eq!(found.judge(), Some(Warning::RepeatedFaster { ratio: ratio.point, low: ratio.low.unwrap() }));
    }

    #[test]
    fn noise_is_no_cache_and_one_pair_proves_nothing() {
        let found = FreshPrompts::of(&samples(&[100, 90, 110]), &samples(&[104, 101, 98])).unwrap();
        assert_eq!((found.pairs, found.judge()), (3, None));
        let single = FreshPrompts::of(&samples(&[100, 90]), &samples(&[900])).unwrap();
        assert_eq!((single.pairs, single.time_ratio.low, single.judge()), (1, None, None));
        assert_eq!(FreshPrompts::of(&samples(&[100]), &[]), None);
    }
}
