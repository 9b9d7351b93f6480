//! Latencies in integer nanoseconds, and what may be said of their percentiles.
//!
//! A percentile comes with the distribution-free interval of its order statistics (David & Nagaraja, *Order
//! Statistics*, §7.1): the ranks that a binomial(n, p) variable leaves outside with at most half the error on either
//! side. Where the sample is too small for such a rank to exist, there is no percentile but a [`TooFewSamples`].

use hdrhistogram::Histogram;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::Estimate;

/// Significant decimal digits that the histogram keeps.
const DIGITS: u8 = 3;

/// The sample is too small for this percentile at this level.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("too few samples: {have} recorded, p{:.0} at level {level} needs {need}", quantile * 100.0)]
pub struct TooFewSamples {
    /// The percentile asked for, as a fraction.
    pub quantile: f64,
    /// Level of the interval.
    pub level: f64,
    /// Samples recorded.
    pub have: u64,
    /// Samples needed.
    pub need: u64,
}

/// A histogram of latencies.
#[derive(Debug, Clone)]
pub struct LatencyHistogram(Histogram<u64>);

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("three digits are within the histogram's range"))
    }
}

impl LatencyHistogram {
    /// Records one latency in nanoseconds.
    pub fn record(&mut self, nanos: u64) {
        self.0.record(nanos).expect("the histogram grows to any u64");
    }

    /// Latencies recorded.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest latency in nanoseconds, to the histogram's three digits; `None` when nothing was recorded.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.0.max())
    }

    /// Takes in the latencies of another histogram.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("the histogram grows to any u64");
    }

    /// A percentile in nanoseconds with the interval of its order statistics.
    ///
    /// # Errors
    /// [`TooFewSamples`] where no rank bounds the percentile from above (or below) at this level.
    pub fn quantile(&self, quantile: f64, level: f64) -> Result<Estimate, TooFewSamples> {
        let have = self.len();
        let need = samples_needed(quantile, level);
        if have < need {
            return Err(TooFewSamples { quantile, level, have, need });
        }
        let tail = (1.0 - level) / 2.0;
        let ranks = Binomial::new(quantile, have).expect("quantile lies in (0, 1)");
        // Ranks count from 1. P(X < low) ≤ tail and P(X ≥ high) ≤ tail, X being how many samples lie below the quantile.
        let low = (0..=have).take_while(|rank| *rank == 0 || ranks.cdf(rank - 1) <= tail).last().unwrap_or(0);
        let high = ranks.inverse_cdf(1.0 - tail) + 1;
        let at_rank = |rank: u64| self.0.value_at_quantile(rank.clamp(1, have) as f64 / have as f64) as f64;
        Ok(Estimate::new(
            self.0.value_at_quantile(quantile) as f64,
            at_rank(low.max(1)),
            at_rank(high),
            level,
            "order statistics",
        ))
    }

    /// A percentile by MLPerf's early stopping (inference rules, appendix "Early stopping", tolerance 0): a latency in
    /// nanoseconds that the percentile does not exceed, with this confidence.
    ///
    /// # Errors
    /// [`TooFewSamples`] where not even one latency may lie above it.
    pub fn early_stopping(&self, quantile: f64, confidence: f64) -> Result<u64, TooFewSamples> {
        let have = self.len();
        // How many of `n` may lie above: the largest t with P(at most t of n above | each with 1 − quantile) ≤ 1 − confidence.
        let allowed = |n: u64| {
            let above = Binomial::new(1.0 - quantile, n).expect("quantile lies in (0, 1)");
            (0..n).take_while(|t| above.cdf(*t) <= 1.0 - confidence).last().unwrap_or(0)
        };
        match allowed(have) {
            0 => {
                let need = (have + 1..).find(|n| allowed(*n) > 0).unwrap_or(u64::MAX);
                Err(TooFewSamples { quantile, level: confidence, have, need })
            }
            above => {
                let rank = have + 1 - above;
                Ok(self.0.value_at_quantile(rank as f64 / have as f64))
            }
        }
    }

    /// `(latency in nanoseconds, count)` of every recorded bucket, in rising order.
    #[must_use]
    pub fn buckets(&self) -> Vec<(u64, u64)> {
        self.0.iter_recorded().map(|bucket| (bucket.value_iterated_to(), bucket.count_since_last_iteration())).collect()
    }
}

/// The smallest sample of which the largest member bounds the quantile from above (and the smallest from below).
fn samples_needed(quantile: f64, level: f64) -> u64 {
    let tail = (1.0 - level) / 2.0;
    let rarer_side = quantile.max(1.0 - quantile);
    (tail.ln() / rarer_side.ln()).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_to(n: u64) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::default();
        for nanos in 1..=n {
            histogram.record(nanos);
        }
        histogram
    }

    #[test]
    fn ranks_of_the_median_of_ten_are_the_textbook_ones() {
        // Conover, Practical Nonparametric Statistics: n = 10, p = 0.5, 95 %: ranks 2 and 9.
        let median = one_to(10).quantile(0.5, 0.95).unwrap();
        assert_eq!((median.low, median.high), (Some(2.0), Some(9.0)));
    }

    #[test]
    fn a_percentile_needs_enough_samples() {
        // ln(0.025) / ln(0.99) = 367.04: the largest of 368 exceeds p99 with 97.5 % certainty.
        assert!(one_to(368).quantile(0.99, 0.95).is_ok());
        let refused = one_to(367).quantile(0.99, 0.95).unwrap_err();
        assert_eq!((refused.have, refused.need), (367, 368));
        assert!(one_to(5).quantile(0.5, 0.95).is_err(), "five samples do not bound a median at 95 %");
    }

    #[test]
    fn early_stopping_needs_the_queries_that_mlperf_asks_for() {
        // The rules name 64 queries for p90 and 662 for p99 at 99 % confidence, when one may lie above.
        assert_eq!(one_to(64).early_stopping(0.9, 0.99), Ok(64));
        assert_eq!(one_to(63).early_stopping(0.9, 0.99).unwrap_err().need, 64);
        assert_eq!(one_to(661).early_stopping(0.99, 0.99).unwrap_err().need, 662);
        assert!(one_to(0).early_stopping(0.9, 0.99).is_err());
        // With more samples it comes down to the percentile: 1000 give rank 924 or so, not 1000.
        let p90 = one_to(1000).early_stopping(0.9, 0.99).unwrap();
        assert!((910..940).contains(&p90), "{p90}");
    }

    #[test]
    fn merging_adds_the_counts() {
        let mut all = one_to(100);
        all.merge(&one_to(50));
        assert_eq!(all.len(), 150);
        assert_eq!(all.buckets().iter().map(|(_, count)| count).sum::<u64>(), 150);
        assert_eq!(all.max(), Some(100));
    }
}
