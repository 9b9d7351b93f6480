//! How fast ability on a class of benchmarks grows: in e-folds of model size a year.
//!
//! Scores of different benchmarks have scales of their own, and a year moves each by another number of points. Size is the
//! common coin: where a year lifts a score as much as e times the parameters do, growth is 1. It follows from a regression of
//! the score's logit above chance on size and day, as the ratio of the two coefficients.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::stat::least_squares::Linear;
use crate::stat::regression::Line;
use crate::stat::sample::Sample;
use crate::stat::{Bootstrap, Estimate};

/// Points above chance below which a logit says more of luck than of ability.
const NEAR_CHANCE: f64 = 5.0;
/// Coefficients: level, size, active share, growth.
const COEFFICIENTS: usize = 4;
/// Draws of families without a growth rate, at most, for one with.
const MOST_TRIES: usize = 20;
/// How intervals are made.
const METHOD: &str = "families drawn with replacement";

/// A release with its ability on some benchmarks, each as a logit.
#[derive(Debug, Clone, PartialEq)]
pub struct Able {
    /// What one maker's releases have in common.
    pub family: String,
    /// Years since the origin.
    pub years: f64,
    /// All parameters: knowledge is held by all of them, whatever share a token uses.
    pub params: f64,
    /// Share of them that a token uses.
    pub active_share: f64,
    /// Logits, one for each benchmark.
    pub abilities: Vec<f64>,
}

/// ln(p/(1 − p)) of the score above chance; `None` less than five points above it, or at 100.
#[must_use]
pub fn above_chance(percent: f64, chance: f64) -> Option<f64> {
    let share = (percent - chance) / (100.0 - chance);
    (percent >= chance + if chance > 0.0 { NEAR_CHANCE } else { 0.0 } && share > 0.0 && share < 1.0)
        .then(|| (share / (1.0 - share)).ln())
}

/// Growth of one class, in e-folds of size a year.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassGrowth {
    /// Of the mean release, over the whole span.
    pub mean: Estimate,
    /// Of the mean release, a release's weight halving with the years that are given.
    pub recent: Estimate,
    /// Of the best for its size so far. Maxima of drawn families make this interval too narrow.
    pub envelope: Estimate,
}

/// A class: the mean of the logits of some benchmarks.
pub type Class<'a> = &'a [usize];

/// Growth of classes, and of each class minus each one before it (`recent` only), from the same draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// One for each class.
    pub growth: Vec<ClassGrowth>,
    /// (later class, earlier class, difference of growth).
    pub differences: Vec<(usize, usize, Estimate)>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Weighing {
    /// The day from which age counts, in years since the origin.
    pub today: f64,
    /// Years in which a release's weight halves, for [`ClassGrowth::recent`].
    pub half_life: f64,
    /// Level of the intervals.
    pub level: f64,
}

/// Growth of each class.
///
/// `None` where the releases are too few, or of one size or day.
#[must_use]
pub fn class_growth(rows: &[Able], classes: &[Class<'_>], weighing: &Weighing, run: Bootstrap) -> Option<Classes> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let family: Vec<usize> = rows
        .iter()
        .map(|row| {
            let next = names.len();
            *names.entry(&row.family).or_insert(next)
        })
        .collect();
    let all = |copies: &[f64]| -> Option<Vec<f64>> {
        classes.iter().map(|class| of_class(rows, class, copies, weighing)).try_fold(Vec::new(), |mut all, of| {
            all.extend(of?);
            Some(all)
        })
    };
    let point = all(&vec![1.0; rows.len()])?;
    let mut rng = ChaCha8Rng::seed_from_u64(run.seed);
    let mut draws = Vec::with_capacity(run.resamples);
    for _ in 0..run.resamples {
        let found = (0..MOST_TRIES).find_map(|_| {
            let mut copies = vec![0.0; names.len()];
            (0..names.len()).for_each(|_| copies[rng.random_range(0..names.len())] += 1.0);
            all(&family.iter().map(|family| copies[*family]).collect::<Vec<_>>())
        });
        draws.push(found?);
    }
    let estimate = |value: &dyn Fn(&[f64]) -> f64| -> Option<Estimate> {
        let sample = Sample::new(draws.iter().map(|draw| value(draw)).collect()).ok()?;
        let tail = (1.0 - weighing.level) / 2.0;
        let (low, high) = (sample.quantile(tail), sample.quantile(1.0 - tail));
        Some(Estimate::new(value(&point), low, high, weighing.level, METHOD))
    };
    let growth = (0..classes.len()).map(|class| {
        let of = |which: usize| estimate(&|draw| draw[3 * class + which]);
        Some(ClassGrowth { mean: of(0)?, recent: of(1)?, envelope: of(2)? })
    });
    let growth = growth.collect::<Option<Vec<_>>>()?;
    let pairs = (0..classes.len()).flat_map(|later| (0..later).map(move |earlier| (later, earlier)));
    let difference = |(later, earlier): (usize, usize)| {
        Some((later, earlier, estimate(&|draw| draw[3 * later + 1] - draw[3 * earlier + 1])?))
    };
    Some(Classes { growth, differences: pairs.map(difference).collect::<Option<Vec<_>>>()? })
}

/// Growth of the mean, of the recent mean, and of the envelope.
fn of_class(rows: &[Able], class: Class<'_>, copies: &[f64], weighing: &Weighing) -> Option<[f64; 3]> {
    let y: Vec<f64> = rows
        .iter()
        .map(|row| class.iter().map(|benchmark| row.abilities[*benchmark]).sum::<f64>() / class.len() as f64)
        .collect();
    let mean = slopes(rows, &y, copies)?;
    let weights: Vec<f64> = rows
        .iter()
        .zip(copies)
        .map(|(row, copies)| copies * (-(weighing.today - row.years) / weighing.half_life).exp2())
        .collect();
    let recent = slopes(rows, &y, &weights)?;
    // How many e-folds of size a release is ahead of the regression's first day.
    let mut ahead: Vec<(f64, f64)> = rows
        .iter()
        .zip(&y)
        .zip(copies)
        .filter(|(_, copies)| **copies > 0.0)
        .map(|((row, y), _)| (row.years, y / mean.size - row.params.ln()))
        .collect();
    ahead.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut best = f64::NEG_INFINITY;
    ahead.retain(|(_, ahead)| {
        let record = *ahead > best;
        best = best.max(*ahead);
        record
    });
    let (days, records): (Vec<f64>, Vec<f64>) = ahead.into_iter().unzip();
    let envelope = Line::fit(&days, &records).ok()?.slope;
    Some([mean.growth(), recent.growth(), envelope])
}

/// What an e-fold of size and what a year does to the logit.
struct Slopes {
    size: f64,
    year: f64,
}

impl Slopes {
    fn growth(&self) -> f64 {
        self.year / self.size
    }
}

/// `None` where there is no regression, or size does not help in it.
fn slopes(rows: &[Able], y: &[f64], weights: &[f64]) -> Option<Slopes> {
    let mixtures = rows.iter().zip(weights).any(|(row, weight)| *weight > 0.0 && row.active_share < 1.0);
    let (mut design, mut seen) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for ((row, y), weight) in rows.iter().zip(y).zip(weights).filter(|(_, weight)| **weight > 0.0) {
        let root = weight.sqrt();
        let mut terms = vec![root, root * row.params.ln(), root * row.years];
        if mixtures {
            terms.push(root * row.active_share.ln());
        }
        design.push(terms);
        seen.push(root * y);
    }
    if design.len() <= COEFFICIENTS {
        return None;
    }
    let fit = Linear::fit(&design, &seen).ok()?;
    let found = Slopes { size: fit.coefficients[1], year: fit.coefficients[2] };
    (found.size > 0.0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_without_scatter_comes_back_and_a_difference_is_that_of_the_two() {
        // Two benchmarks: a year is worth 0.5 and 2 e-folds of size; scales differ by ten.
        let rows: Vec<Able> = (0..40)
            .map(|at| {
                let (years, size) = (f64::from(at % 10) * 0.3, f64::from(at / 10) + f64::from(at % 3));
                Able {
                    family: (at % 7).to_string(),
                    years,
                    params: size.exp(),
                    active_share: if at % 4 == 0 { 0.3 } else { 1.0 },
                    abilities: vec![0.1 * (size + 0.5 * years) - 3.0, size + 2.0 * years],
                }
            })
            .collect();
        let weighing = Weighing { today: 3.0, half_life: 1.0, level: 0.9 };
        let run = Bootstrap { resamples: 50, seed: 3 };
        let found = class_growth(&rows, &[&[0], &[1]], &weighing, run).unwrap();
        for (growth, expected) in found.growth.iter().zip([0.5, 2.0]) {
            for of in [&growth.mean, &growth.recent] {
                approx::assert_relative_eq!(of.point, expected, epsilon = 1e-9);
                approx::assert_relative_eq!(of.high.unwrap(), expected, epsilon = 1e-6);
            }
            // All lie on the line, so records follow it too, with small steps where two share a day.
            approx::assert_relative_eq!(growth.envelope.point, expected, epsilon = 1e-6);
        }
        let (later, earlier, difference) = &found.differences[0];
        assert_eq!((*later, *earlier), (1, 0));
        approx::assert_relative_eq!(difference.point, 1.5, epsilon = 1e-9);
    }

    #[test]
    fn scores_near_chance_have_no_logit() {
        assert_eq!(above_chance(29.9, 25.0), None);
        assert_eq!(above_chance(0.0, 0.0), None);
        assert_eq!(above_chance(100.0, 0.0), None);
        approx::assert_relative_eq!(above_chance(62.5, 25.0).unwrap(), 0.0);
        approx::assert_relative_eq!(above_chance(20.0, 0.0).unwrap(), (0.25_f64).ln());
    }
}
