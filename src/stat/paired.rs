//! Two systems on the same items: discordant pairs, and totals of paired costs.

use super::Estimate;
use super::proportion::{Alternative, binomial_test, clopper_pearson};

/// Counts of items on which two systems disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Discordant {
    /// Right before, wrong after.
    pub lost: u64,
    /// Wrong before, right after.
    pub won: u64,
    /// Items in all.
    pub items: u64,
}

impl Discordant {
    /// Counts the pairs (before, after).
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for (before, after) in pairs {
            counts.items += 1;
            counts.lost += u64::from(before && !after);
            counts.won += u64::from(!before && after);
        }
        counts
    }

    /// Items on which the two disagree.
    #[must_use]
    pub const fn pairs(self) -> u64 {
        self.lost + self.won
    }

    /// Share of right answers after minus before.
    #[must_use]
    pub fn difference(self) -> f64 {
        (self.won as f64 - self.lost as f64) / self.items.max(1) as f64
    }

    /// McNemar's exact test: under no change every discordant pair is a fair coin. `Greater` asks whether answers got
    /// lost, `Less` whether they were won. Without a discordant pair p is 1.
    ///
    /// Source: Q. McNemar, Psychometrika 12 (1947), in the exact binomial form.
    #[must_use]
    pub fn mcnemar(self, alternative: Alternative) -> f64 {
        // The only error that can be is that of no pair at all.
        binomial_test(self.lost, self.pairs(), 0.5, alternative).unwrap_or(1.0)
    }

    /// Standard error of the difference, one pair added to each discordant cell so that it is never 0.
    ///
    /// Source: D. G. Bonett and R. M. Price, *Adjusted Wald confidence interval for a difference of binomial
    /// proportions based on paired data*, J. Educ. Behav. Stat. 37 (2012).
    #[must_use]
    pub fn standard_error(self) -> f64 {
        let n = self.items as f64 + 2.0;
        let (lost, won) = ((self.lost as f64 + 1.0) / n, (self.won as f64 + 1.0) / n);
        ((lost + won - (won - lost).powi(2)) / n).sqrt()
    }

    /// Bounds of the difference: Clopper–Pearson at `tail` on the direction of the discordant pairs, times their
    /// frequency at the Clopper–Pearson end that makes the bound the looser.
    ///
    /// The upper bound is below 0 exactly where [`Discordant::mcnemar`] (`Greater`) is at most `tail`: the sign is exact,
    /// the size on the safe side.
    #[must_use]
    pub fn bounds(self, tail: f64) -> (f64, f64) {
        let ends = |k: u64, n: u64| {
            let interval: Result<Estimate, _> = clopper_pearson(k, n, 1.0 - 2.0 * tail);
            interval.map_or((0.0, 1.0), |e| (e.low.unwrap_or(0.0), e.high.unwrap_or(1.0)))
        };
        let (rare, often) = ends(self.pairs(), self.items);
        let (least, most) = ends(self.won, self.pairs());
        let scaled = |share: f64, away: f64, towards: f64| {
            let direction = 2.0 * share - 1.0;
            direction * if direction * away > 0.0 { often } else { towards }
        };
        (scaled(least, -1.0, rare), scaled(most, 1.0, rare))
    }
}

/// What an item cost the two systems, in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedCost {
    /// Before.
    pub before: f64,
    /// After.
    pub after: f64,
}

/// ln(Σ before / Σ after): above 0 where the second system is cheaper. `None` unless both sums are positive.
#[must_use]
pub fn ln_ratio(items: impl IntoIterator<Item = PairedCost>) -> Option<f64> {
    let (before, after) = items.into_iter().fold((0.0, 0.0), |sum, item| (sum.0 + item.before, sum.1 + item.after));
    (before > 0.0 && after > 0.0).then(|| (before / after).ln())
}

/// Standard error of [`ln_ratio`] by linearisation, the items drawn within strata of fixed sizes, and its degrees of
/// freedom (Satterthwaite).
///
/// Source: W. G. Cochran, *Sampling Techniques*, 3rd ed., §6.11 (combined ratio estimator) and §5.4 (degrees of freedom).
#[must_use]
pub fn ln_ratio_error(strata: &[Vec<PairedCost>]) -> Option<(f64, f64)> {
    let all = || strata.iter().flatten().copied();
    let (before, after) = all().fold((0.0, 0.0), |sum, item| (sum.0 + item.before, sum.1 + item.after));
    if !(before > 0.0 && after > 0.0) {
        return None;
    }
    let (mut variance, mut fourths) = (0.0, 0.0);
    for items in strata.iter().filter(|items| !items.is_empty()) {
        let influence = |item: &PairedCost| item.before / before - item.after / after;
        let n = items.len() as f64;
        let mean = items.iter().map(influence).sum::<f64>() / n;
        let squares: f64 = items.iter().map(|item| (influence(item) - mean).powi(2)).sum();
        // One item says nothing of its own spread: it stands for itself.
        let own = if items.len() > 1 { squares * n / (n - 1.0) } else { influence(&items[0]).powi(2) };
        variance += own;
        fourths += own * own / (n - 1.0).max(1.0);
    }
    Some((variance.sqrt(), if fourths > 0.0 { variance * variance / fourths } else { f64::INFINITY }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_is_below_zero_exactly_where_mcnemar_rejects() {
        for lost in 0..30 {
            for won in 0..=lost {
                let pairs = Discordant { lost, won, items: 200 };
                let p = pairs.mcnemar(Alternative::Greater);
                for tail in [0.05, 0.0125] {
                    let (low, high) = pairs.bounds(tail);
                    assert_eq!(high < 0.0, p <= tail, "{pairs:?}: p = {p}, bound {high}");
                    assert!(low <= pairs.difference() && pairs.difference() <= high, "{pairs:?} {low} {high}");
                }
            }
        }
    }

    #[test]
    fn no_discordant_pair_is_no_proof_that_there_can_be_none() {
        let none = Discordant { lost: 0, won: 0, items: 100 };
        assert_eq!(none.mcnemar(Alternative::Greater), 1.0);
        // The rule of three: 1 − 0.05^(1/100).
        let (low, high) = none.bounds(0.05);
        assert!((high - 0.029_513).abs() < 1e-5 && (low + high).abs() < 1e-12, "{low} {high}");
    }
}
