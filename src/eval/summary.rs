//! From item records to estimates: scores, losses, a test against chance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::stat::Estimate;
use crate::stat::least_squares::t_quantile;
use crate::stat::proportion::wilson;

const LEVEL: f64 = 0.95;
/// A score whose one-sided p-value against guessing is above this is at chance.
pub const CHANCE_LEVEL: f64 = 0.05;

/// One evaluated item as the statistics see it.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Its cluster, where items are correlated.
    pub cluster: Option<&'a str>,
    /// The probability of guessing it.
    pub chance: f64,
}

/// What the score says of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Standing {
    /// Better than guessing.
    AboveChance {
        /// One-sided p-value against guessing.
        p: f64,
        /// Expected score of guessing, a fraction.
        chance: f64,
    },
    /// Not distinguishable from guessing; a density must not be made from it.
    AtChance {
        /// One-sided p-value against guessing.
        p: f64,
        /// Expected score of guessing, a fraction.
        chance: f64,
    },
}

impl Standing {
    /// Expected score of guessing, a fraction.
    #[must_use]
    pub const fn chance(&self) -> f64 {
        match self {
            Self::AboveChance { chance, .. } | Self::AtChance { chance, .. } => *chance,
        }
    }
}

/// The score of a task, fractions throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Share of items that are right, every item counting alike (the micro average).
    pub micro: Estimate,
    /// Mean over clusters of their shares, every cluster counting alike (the macro average); `None` without clusters.
    pub macro_average: Option<Estimate>,
    /// Graded items.
    pub n: usize,
    /// Against guessing.
    pub standing: Standing,
}

/// The conditional loss of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Nats per token: all nats over all tokens.
    pub nats_per_token: Estimate,
    /// Bits per UTF-8 byte: all bits over all bytes.
    pub bits_per_byte: Estimate,
    /// Measured items.
    pub n: usize,
}

/// The ratio Σy/Σx with a t interval from the linearised variance, units being items or clusters (CR1: m/(m−1)).
///
/// Source: W. G. Cochran, *Sampling Techniques*, 3rd ed., §6.4 and §9A. `None` with fewer than two units.
#[must_use]
pub fn ratio(units: &[(f64, f64)], method: &'static str) -> Option<Estimate> {
    let m = units.len() as f64;
    let total: f64 = units.iter().map(|unit| unit.1).sum();
    if units.len() < 2 || total <= 0.0 {
        return None;
    }
    let point = units.iter().map(|unit| unit.0).sum::<f64>() / total;
    let squares: f64 = units.iter().map(|(y, x)| (y - point * x).powi(2)).sum();
    let half = t_quantile(LEVEL, units.len() - 1) * (m / (m - 1.0) * squares).sqrt() / total;
    Some(Estimate::new(point, point - half, point + half, LEVEL, method))
}

/// Sums over clusters, or the items themselves where there are none.
fn units<'a>(items: impl Iterator<Item = (Option<&'a str>, f64, f64)>) -> (Vec<(f64, f64)>, bool) {
    let mut clusters: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut single = Vec::new();
    for (cluster, y, x) in items {
        match cluster {
            Some(name) => {
                let sum = clusters.entry(name).or_default();
                sum.0 += y;
                sum.1 += x;
            }
            None => single.push((y, x)),
        }
    }
    let clustered = single.is_empty() && clusters.len() > 1;
    single.extend(clusters.into_values());
    (single, clustered)
}

/// P(X ≥ k) for a sum of independent guesses with different probabilities (Poisson binomial), by exact convolution.
#[must_use]
pub fn guessing_tail(chances: &[f64], k: usize) -> f64 {
    // `mass[j]`: probability of j right among those seen; everything from k on is kept in one place.
    let mut mass = vec![0.0; k + 1];
    mass[0] = 1.0;
    for &p in chances {
        mass[k] += if k > 0 { mass[k - 1] * p } else { 0.0 };
        for j in (0..k).rev() {
            let from = if j > 0 { mass[j - 1] * p } else { 0.0 };
            mass[j] = mass[j] * (1.0 - p) + from;
        }
    }
    mass[k].clamp(0.0, 1.0)
}

/// The score of graded items; `None` when no item was graded.
#[must_use]
pub fn score(items: &[Observed<'_>]) -> Option<Score> {
    let graded: Vec<(&Observed<'_>, bool)> =
        items.iter().filter_map(|item| item.record.correct.map(|correct| (item, correct))).collect();
    let right = graded.iter().filter(|(_, correct)| *correct).count();
    let plain = wilson(right as u64, graded.len() as u64, LEVEL).ok()?;
    let chances: Vec<f64> = graded.iter().map(|(item, _)| item.chance).collect();
    let chance = chances.iter().sum::<f64>() / chances.len() as f64;
    let p = guessing_tail(&chances, right);
    let (sums, clustered) =
        units(graded.iter().map(|(item, correct)| (item.cluster, f64::from(u8::from(*correct)), 1.0)));
    let by_cluster = clustered.then(|| ratio(&sums, "cluster-t")).flatten().map(within_unit);
    // Clustering may only widen: few clusters can look too much alike by luck.
    let width = |estimate: &Estimate| estimate.high.unwrap_or(1.0) - estimate.low.unwrap_or(0.0);
    let micro = match by_cluster {
        Some(wide) if width(&wide) > width(&plain) => wide,
        _ => plain,
    };
    let shares: Vec<(f64, f64)> = sums.iter().map(|(y, x)| (y / x, 1.0)).collect();
    let macro_average = clustered.then(|| ratio(&shares, "t over clusters")).flatten().map(within_unit);
    let standing =
        if p > CHANCE_LEVEL { Standing::AtChance { p, chance } } else { Standing::AboveChance { p, chance } };
    Some(Score { micro, macro_average, n: graded.len(), standing })
}

/// Keeps the interval of a proportion within [0, 1].
#[must_use]
pub fn within_unit(mut estimate: Estimate) -> Estimate {
    estimate.low = estimate.low.map(|low| low.max(0.0));
    estimate.high = estimate.high.map(|high| high.min(1.0));
    estimate
}

/// Keeps the interval of a loss at or above 0: no continuation is likelier than certain.
fn not_negative(mut estimate: Estimate) -> Estimate {
    estimate.low = estimate.low.map(|low| low.max(0.0));
    estimate
}

/// The conditional loss of items; `None` with fewer than two measured items (or clusters).
#[must_use]
pub fn loss(items: &[Observed<'_>]) -> Option<Loss> {
    let measured: Vec<(&Observed<'_>, f64)> =
        items.iter().filter_map(|item| item.record.nll_nats.map(|nats| (item, nats))).collect();
    let over = |size: &dyn Fn(&Record) -> u32, scale: f64| {
        let (sums, clustered) =
            units(measured.iter().map(|(item, nats)| (item.cluster, nats * scale, f64::from(size(item.record)))));
        // One cluster only: its items have to stand for themselves.
        if sums.len() < 2 {
            let items: Vec<(f64, f64)> =
                measured.iter().map(|(item, nats)| (nats * scale, f64::from(size(item.record)))).collect();
            return ratio(&items, "ratio-t");
        }
        ratio(&sums, if clustered { "cluster-ratio-t" } else { "ratio-t" })
    };
    Some(Loss {
        nats_per_token: not_negative(over(&|record| record.continuation_tokens, 1.0)?),
        bits_per_byte: not_negative(over(&|record| record.continuation_bytes, std::f64::consts::LN_2.recip())?),
        n: measured.len(),
    })
}

/// Mean over items of the bits per byte of their right texts, every item counting alike (pooled, long texts count for more
/// and the value is lower), with a t interval; `None` with fewer than two such items.
///
/// The items are taken for independent: those of a cloze task are a simple random sample of all.
#[must_use]
pub fn mean_bits_per_byte(records: &[Record]) -> Option<Estimate> {
    let units: Vec<(f64, f64)> = records.iter().filter_map(|record| Some((record.bits_per_byte?, 1.0))).collect();
    ratio(&units, "t").map(not_negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn cluster_intervals_match_statsmodels() {
        // sm.OLS(y, 1).fit(cov_type="cluster", use_correction=False), standard error times sqrt(4/3), t with 3 degrees.
        let y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0];
        let clusters = ["a", "a", "a", "b", "b", "b", "b", "c", "c", "d", "d", "d"];
        let (sums, clustered) = units(y.iter().zip(clusters).map(|(&y, c)| (Some(c), f64::from(y), 1.0)));
        assert!(clustered);
        let got = ratio(&sums, "cluster-t").unwrap();
        assert_relative_eq!(got.low.unwrap(), 0.426_022_091_507_397_8, max_relative = 1e-9);
        assert_relative_eq!(got.high.unwrap(), 0.740_644_575_159_269, max_relative = 1e-9);
    }

    #[test]
    fn ratio_intervals_match_weighted_least_squares() {
        // sm.WLS(nll/tok, 1, weights=tok).fit(cov_type="HC0"), standard error times sqrt(5/4), t with 4 degrees.
        let got = ratio(&[(1.2, 1.0), (3.4, 4.0), (2.2, 2.0), (5.1, 6.0), (0.7, 1.0)], "ratio-t").unwrap();
        assert_relative_eq!(got.point, 0.9, max_relative = 1e-12);
        assert_relative_eq!(got.low.unwrap(), 0.756_305_314_162_375_7, max_relative = 1e-9);
        assert!(ratio(&[(1.0, 1.0)], "ratio-t").is_none());
    }

    #[test]
    fn the_tail_of_guessing_matches_enumeration_and_scipy() {
        let chances = [0.25, 0.5, 0.5, 1.0 / 3.0, 0.2];
        for (k, p) in [1.0, 0.9, 0.591_666_666_666_666_7, 0.2375, 0.05, 0.004_166_666_666_666_667].iter().enumerate() {
            assert_relative_eq!(guessing_tail(&chances, k), *p, max_relative = 1e-12);
        }
        // scipy.stats.binom.sf(30, 100, 0.25), sf(164, 570, 0.25)
        assert_relative_eq!(guessing_tail(&[0.25; 100], 31), 0.103_787_238_956_087_02, max_relative = 1e-9);
        assert_relative_eq!(guessing_tail(&[0.25; 570], 165), 0.017_778_581_775_979_775, max_relative = 1e-9);
        assert_eq!(guessing_tail(&[0.0; 164], 0), 1.0);
        assert_eq!(guessing_tail(&[0.0; 164], 1), 0.0);
    }
}
