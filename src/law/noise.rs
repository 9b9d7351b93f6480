//! How far a published score may be from another evaluator's: counting error and evaluator spread.

use crate::unit::{Benchmark, Scores};

/// Ratio of the range of three sources to their standard deviation (expected range of three normal draws: 1.693).
const RANGE_OF_THREE: f64 = 1.7;

/// Median over models of the highest minus the lowest published score, in points.
///
/// Gathered in November 2026 over the sources of `models/releases.csv`.
#[must_use]
pub const fn evaluator_range(benchmark: Benchmark) -> f64 {
    match benchmark {
        Benchmark::Mmlu => 1.0,
        Benchmark::Bbh => 3.3,
        Benchmark::Math => 1.5,
        Benchmark::HumanEval => 3.7,
        Benchmark::Mbpp => 10.5,
    }
}

/// Standard deviation of a score between evaluators, in points.
#[must_use]
pub fn evaluator_sd(benchmark: Benchmark) -> f64 {
    evaluator_range(benchmark) / RANGE_OF_THREE
}

/// Standard deviation between evaluators of what one of them shifts in all five scores at once, in points of their mean.
///
/// 40 comparisons of panels with makers' own rows differ by 4.0 points, where the spreads of the single scores foresee 2.6.
#[must_use]
pub const fn common_evaluator_sd() -> f64 {
    2.0
}

/// Binomial standard deviation of a score on `items` items, in points.
///
/// The proportion is shrunk as Agresti and Coull do, so that 0 of n and n of n are not certain.
#[must_use]
pub fn binomial_sd(percent: f64, items: u64) -> f64 {
    let n = items as f64 + 4.0;
    let p = (percent / 100.0 * items as f64 + 2.0) / n;
    100.0 * (p * (1.0 - p) / n).sqrt()
}

/// What one model's scores were counted on, in the order of [`Benchmark::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Items behind each score.
    pub items: [u64; 5],
    /// Standard deviation that the engine itself adds to each score, in points; 0 where it was not measured.
    pub engine_sd: [f64; 5],
}

impl Sampling {
    /// Standard deviation of a score that is common to no other measurement: counting and engine, in points.
    fn own_sd(&self, benchmark: Benchmark, percent: f64) -> f64 {
        binomial_sd(percent, self.items[benchmark as usize]).hypot(self.engine_sd[benchmark as usize])
    }
}

impl From<&[u64; 5]> for Sampling {
    fn from(items: &[u64; 5]) -> Self {
        Self { items: *items, engine_sd: [0.0; 5] }
    }
}

/// Standard deviation of a weighted sum of scores from counting and engine alone, in points.
#[must_use]
pub fn counting_sd(scores: &Scores, weights: &[f64; 5], sampling: &Sampling) -> f64 {
    combined(scores, weights, |b, s| sampling.own_sd(b, s))
}

/// Standard deviation of a weighted sum of scores from counting, engine and evaluator spread, in points.
#[must_use]
pub fn published_sd(scores: &Scores, weights: &[f64; 5], sampling: &Sampling) -> f64 {
    combined(scores, weights, |b, s| sampling.own_sd(b, s).hypot(evaluator_sd(b)))
}

fn combined(scores: &Scores, weights: &[f64; 5], sd: impl Fn(Benchmark, f64) -> f64) -> f64 {
    scores.present().map(|(b, s)| (weights[b as usize] * sd(b, s)).powi(2)).sum::<f64>().sqrt()
}

/// Items of the full test sets, in the order of [`Benchmark::ALL`].
#[must_use]
pub fn full_test_sets() -> [u64; 5] {
    Benchmark::ALL.map(Benchmark::items)
}
