//! Why the edge family does not answer.

use crate::stat::least_squares::FitError;
use crate::unit::{ClozeTask, Params};

/// Why measurements on the cloze tasks have no effective parameters.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EdgeError {
    /// One of the eight was not asked: none is imputed.
    #[error("the edge family needs all eight cloze tasks, and {0} is missing: run it too (nothing is imputed)")]
    MissingTask(ClozeTask),
    /// No bits per byte of a task.
    #[error("the bits per byte of {0} were not measured: the second route needs those of all eight cloze tasks")]
    MissingBits(ClozeTask),
    /// Nothing was asked.
    #[error("{0}: an accuracy needs at least one item")]
    NoItems(ClozeTask),
    /// Not a share.
    #[error("the {task} accuracy {accuracy} is outside 0 to 1 (edge family)")]
    NoShare {
        /// The task.
        task: ClozeTask,
        /// What was given.
        accuracy: f64,
    },
    /// Not a number above zero.
    #[error("{what} of {task} must be a finite number above zero, not {value}")]
    NotPositive {
        /// The task.
        task: ClozeTask,
        /// The quantity.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// The mean cannot be told from guessing.
    #[error(
        "the mean of the eight cloze tasks, {:.2} %, cannot be told from chance ({:.2} %): it must exceed it by 1.645 standard errors of {:.2} points; ask more items, or the model is below the family's range",
        100.0 * mean, 100.0 * chance, 100.0 * standard_error
    )]
    AtChance {
        /// The mean accuracy.
        mean: f64,
        /// What guessing scores on average.
        chance: f64,
        /// Sampling standard error of the mean.
        standard_error: f64,
    },
    /// Accuracy ≤ d.
    #[error("the mean accuracy {:.2} % is at or below the lower bound {:.2} % of the edge family's curve", 100.0 * accuracy, 100.0 * bound)]
    AccuracyAtOrBelowFloor {
        /// The mean accuracy.
        accuracy: f64,
        /// The bound d.
        bound: f64,
    },
    /// Accuracy ≥ c + d.
    #[error("the mean accuracy {:.2} % is at or above the upper bound {:.2} % of the edge family's curve", 100.0 * accuracy, 100.0 * bound)]
    AccuracyAtOrAboveCeiling {
        /// The mean accuracy.
        accuracy: f64,
        /// The bound c + d.
        bound: f64,
    },
    /// A loss that no number of parameters reaches.
    #[error(
        "{loss:.4} bits per byte is at or below {floor:.4}, what infinitely many parameters of the edge family reach on {tokens:e} tokens"
    )]
    LossAtOrBelowFloor {
        /// The loss.
        loss: f64,
        /// The floor.
        floor: f64,
        /// Tokens of training.
        tokens: f64,
    },
    /// Below what is published.
    #[error(
        "{found} effective parameters lie below {bound}, the least that the edge family publishes (its smallest rung has 190 M)"
    )]
    BelowRange {
        /// What the curve gives.
        found: Params,
        /// The bound.
        bound: Params,
    },
    /// Above what is published.
    #[error(
        "{found} effective parameters lie above {bound}, the most that the edge family publishes (twice its largest rung)"
    )]
    AboveRange {
        /// What the curve gives.
        found: Params,
        /// The bound.
        bound: Params,
    },
    /// A ladder that determines no curve.
    #[error("the ladder of the edge family: {0}")]
    Fit(#[from] FitError),
}
