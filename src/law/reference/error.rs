//! Why a reference curve does not answer.

use super::loss::{LossKind, LossUnit};
use crate::stat::proportion::ProportionError;
use crate::unit::Benchmark;

/// Why a score or a loss has no effective parameters.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// S ≤ d.
    #[error("score {score:.3} % is at or below the lower bound d = {bound:.3} % of the curve, by {:.3} points", bound - score)]
    ScoreAtOrBelowFloor {
        /// The score, in percent.
        score: f64,
        /// The bound d, in percent.
        bound: f64,
    },
    /// S ≥ c + d.
    #[error("score {score:.3} % is at or above the upper bound c + d = {bound:.3} % of the curve, by {:.3} points", score - bound)]
    ScoreAtOrAboveCeiling {
        /// The score, in percent.
        score: f64,
        /// The bound c + d, in percent.
        bound: f64,
    },
    /// L ≤ b·D0^−β: below what infinitely many parameters reach on D0 tokens.
    #[error("loss {loss:.5} is at or below the floor b*D0^-beta = {floor:.5} of the reference at {tokens:e} tokens, by {:.5}", floor - loss)]
    LossAtOrBelowFloor {
        /// The loss (given, or read off the performance step).
        loss: f64,
        /// The floor.
        floor: f64,
        /// D0.
        tokens: f64,
    },
    /// The score cannot be told from guessing.
    #[error(
        "the {benchmark} score {score:.2} % on {items} items cannot be told from chance ({chance:.2} %): {:.2} points above it, one-sided binomial p = {p:.3}",
        score - chance
    )]
    AtChance {
        /// The benchmark.
        benchmark: Benchmark,
        /// The score, in percent.
        score: f64,
        /// What guessing scores, in percent.
        chance: f64,
        /// Items behind the score.
        items: u64,
        /// p-value of the exact one-sided test.
        p: f64,
    },
    /// The mean lies within its own counting error of the curve's lower bound.
    #[error(
        "the mean score {score:.2} % lies {:.2} points above the curve's lower bound d = {bound:.2} %, within its counting error (1.645 x {sd:.2} points): it cannot be told from chance",
        score - bound
    )]
    MeanAtChance {
        /// The mean, in percent.
        score: f64,
        /// The bound d, in percent.
        bound: f64,
        /// Binomial standard deviation of the mean, in points.
        sd: f64,
    },
    /// The loss was taken over another kind of text than the curve.
    #[error("the loss is over {given} text but the curve was fitted on {curve}: the two are different quantities")]
    LossKind {
        /// Kind of the loss given.
        given: LossKind,
        /// Kind of the curve.
        curve: LossKind,
    },
    /// The loss is in another unit than the curve.
    #[error("the loss is in {given} but the curve is in {curve}: the two do not convert without the tokenizer")]
    LossUnit {
        /// Unit of the loss given.
        given: LossUnit,
        /// Unit of the curve.
        curve: LossUnit,
    },
    /// Not a number, infinite, or not positive where it must be.
    #[error("{what} must be a finite positive number, not {value}")]
    NotPositive {
        /// The quantity.
        what: &'static str,
        /// The value given.
        value: f64,
    },
    /// Counts that are no proportion.
    #[error(transparent)]
    Proportion(#[from] ProportionError),
}

/// Requires a finite positive number.
pub(in crate::law) fn positive(what: &'static str, value: f64) -> Result<f64, ReferenceError> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(ReferenceError::NotPositive { what, value }) }
}
