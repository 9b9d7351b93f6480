//! Repeated measurements of one rate.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stat::Estimate;

/// A source of monotonic time; the clock itself belongs to a layer above.
pub type Now<'a> = &'a (dyn Fn() -> Duration + Sync);

/// Every sample of a rate at one number of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Samples {
    /// Threads that worked at once.
    pub threads: usize,
    /// The best sample, in units per second: what the machine can do when nothing interferes (STREAM's rule).
    pub best: f64,
    /// The median with its distribution-free interval; `None` with fewer than six samples, which cannot bound it at 95 %.
    pub median: Option<Estimate>,
    /// Why there is no median interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// (Greatest − least) / median of the samples.
    pub spread: f64,
    /// All samples in units per second, in the order they were taken.
    pub samples: Vec<f64>,
}

impl Samples {
    /// The first of its numbers that is not the one its samples give: its name, itself, and theirs.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&'static str, f64, f64)> {
        if self.samples.is_empty() {
            return Some(("best", self.best, f64::NAN));
        }
        let derived = Self::of(self.threads, self.samples.clone());
        let point = |of: &Self| of.median.as_ref().map(|median| median.point);
        let ends =
            |of: &Self| of.median.as_ref().map(|median| [median.low, median.high].map(|end| end.unwrap_or(f64::NAN)));
        let mut numbers = vec![("best", self.best, derived.best), ("spread", self.spread, derived.spread)];
        numbers.extend(point(self).zip(point(&derived)).map(|(own, derived)| ("median", own, derived)));
        for (own, derived) in
            ends(self).zip(ends(&derived)).into_iter().flat_map(|(own, other)| own.into_iter().zip(other))
        {
            numbers.push(("an end of the median", own, derived));
        }
        let same = |own: f64, derived: f64| (own - derived).abs() <= 1e-9 * derived.abs().max(1e-9);
        numbers.into_iter().find(|(_, own, derived)| !same(*own, *derived))
    }

    /// Summarises at least one positive sample.
    pub(super) fn of(threads: usize, samples: Vec<f64>) -> Self {
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let middle = if n % 2 == 1 { sorted[n / 2] } else { (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 };
        let median = median_rank(n).map(|rank| {
            Estimate::new(middle, sorted[rank - 1], sorted[n - rank], 0.95, "order statistics of the median")
        });
        let reason =
            median.is_none().then(|| format!("{n} samples are too few for a 95 % interval of the median (6 needed)"));
        Self { threads, best: sorted[n - 1], median, reason, spread: (sorted[n - 1] - sorted[0]) / middle, samples }
    }
}

/// Greatest rank `r` so that the r-th least and the r-th greatest of `n` values hold the median between them with at least 95 %.
///
/// The number of values below the median is binomial with one half: David and Nagaraja, Order Statistics (2003), section 7.1.
fn median_rank(n: usize) -> Option<usize> {
    let mut term = 0.5_f64.powi(i32::try_from(n).ok()?);
    let mut below = 0.0;
    let mut rank = 0;
    for k in 0..n / 2 {
        below += term;
        if below > 0.025 {
            break;
        }
        rank = k + 1;
        term *= (n - k) as f64 / (k + 1) as f64;
    }
    (rank > 0).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ranks from the published table of nonparametric 95 % intervals of a median
    /// (Conover, Practical Nonparametric Statistics, 3rd ed., table A3, p = 0.5).
    #[test]
    fn ranks_agree_with_the_published_table() {
        for (n, rank) in [
            (5, None),
            (6, Some(1)),
            (8, Some(1)),
            (9, Some(2)),
            (10, Some(2)),
            (12, Some(3)),
            (15, Some(4)),
            (20, Some(6)),
        ] {
            assert_eq!(median_rank(n), rank, "n = {n}");
        }
    }

    #[test]
    fn an_edited_summary_is_seen() {
        let whole = Samples::of(1, (1..=9).map(f64::from).collect());
        assert_eq!(whole.contradiction(), None);
        assert_eq!(Samples { best: 90.0, ..whole.clone() }.contradiction(), Some(("best", 90.0, 9.0)));
        let mut narrow = whole.clone();
        narrow.median.as_mut().unwrap().low = Some(4.5);
        assert_eq!(narrow.contradiction(), Some(("an end of the median", 4.5, 2.0)));
        assert!(Samples { samples: Vec::new(), ..whole }.contradiction().is_some());
    }

    #[test]
    fn few_samples_give_a_reason_and_no_interval() {
        let samples = Samples::of(1, vec![3.0, 1.0, 2.0]);
        assert_eq!((samples.best, samples.spread), (3.0, 1.0));
        assert!(samples.median.is_none() && samples.reason.is_some());
    }
}
