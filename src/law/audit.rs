//! The verdict on a compressed model against its original.
//!
//! A comparison yields [`Evidence`] of an effect; [`judge`] corrects the family of tests after Holm and words each as
//! dropped, held, gained or undecided.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use crate::stat::Estimate;
use crate::stat::holm::holm;

/// One-sided error rate of the family of tests.
pub const ALPHA: f64 = 0.05;

/// What the effective parameters are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Parameters.
    Params,
    /// Bytes of the weights.
    Memory,
    /// Seconds of inference on this device.
    Time,
}

impl Kind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Params, Self::Memory, Self::Time];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Params => "params",
            Self::Memory => "memory",
            Self::Time => "time",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The ratio of capability densities.
    Density,
    /// The ratio of densities in the edge family, by cloze tasks.
    DensityEdge,
    /// The ratio of paired conditional losses, original over compressed.
    Loss,
    /// The difference of scores of tasks that give neither a density nor a loss.
    Score,
    /// A ratio of published numbers without a known error.
    PublishedPoint,
}

impl Basis {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Density => "density",
            Self::DensityEdge => "density-edge",
            Self::Loss => "loss",
            Self::Score => "score",
            Self::PublishedPoint => "published-point",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The verdict, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Surely less.
    Dropped,
    /// Not enough is known.
    Undecided,
    /// Surely the same within the margin.
    Held,
    /// Surely more.
    Gained,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Undecided => "undecided",
            Self::Held => "held",
            Self::Gained => "gained",
        }
    }

    /// The verdict on an effect with bounds. An interval that lies wholly within the margin is `Held` even where it
    /// excludes 0: a difference that is surely there and surely too small to matter.
    #[must_use]
    pub fn of(low: f64, high: f64, margin: Margin) -> Self {
        let (least, most) = margin.effects();
        // Rounding of a logarithm must not push "exactly at the margin" outside.
        if low >= least - 1e-12 && high <= most + 1e-12 {
            Self::Held
        } else if high < 0.0 {
            Self::Dropped
        } else if low > 0.0 {
            Self::Gained
        } else {
            Self::Undecided
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How much change is no change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// A ratio within [1 − m, 1 + m]; the effect is its logarithm.
    Ratio(f64),
    /// A difference within [−m, m].
    Difference(f64),
}

impl Margin {
    fn effects(self) -> (f64, f64) {
        match self {
            Self::Ratio(m) => ((1.0 - m).max(f64::MIN_POSITIVE).ln(), (1.0 + m).ln()),
            Self::Difference(m) => (-m, m),
        }
    }

    fn unit(self, effect: f64) -> f64 {
        match self {
            Self::Ratio(_) => effect.exp(),
            Self::Difference(_) => effect,
        }
    }
}

/// One question of a family: is this effect a drop?
#[derive(Debug, Clone)]
pub struct Question {
    /// What was seen.
    pub evidence: Evidence,
    /// How much change is no change.
    pub margin: Margin,
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// The ratio (or difference) at the level at which the test was done; `None` where it has no point.
    pub effect: Option<Estimate>,
    /// One-sided p-value of "no drop".
    pub p_value: f64,
    /// After Holm.
    pub p_adjusted: f64,
    /// Smallest relative drop (or difference) that would have been found with power 0.8.
    pub detectable_drop: Option<f64>,
}

/// Answers a family of questions with one family-wise, one-sided error rate `alpha` for drops.
///
/// Every interval is given at the level at which Holm's procedure tested it in the end, so that "the upper bound is below
/// 1" and "the adjusted p-value is at most alpha" are the same statement.
#[must_use]
pub fn judge(family: &[Question], alpha: f64) -> Vec<Finding> {
    let p: Vec<f64> = family.iter().map(|question| question.evidence.p_drop()).collect();
    let adjusted = holm(&p, alpha);
    family
        .iter()
        .zip(&p)
        .zip(adjusted)
        .map(|((question, &p_value), adjusted)| {
            let tail = alpha / adjusted.divisor as f64;
            let (low, high) = question.evidence.bounds(tail);
            let unit = |effect: f64| Some(question.margin.unit(effect)).filter(|_| effect.is_finite());
            Finding {
                verdict: Verdict::of(low, high, question.margin),
                effect: question.evidence.effect().map(|effect| Estimate {
                    point: question.margin.unit(effect),
                    low: unit(low),
                    high: unit(high),
                    level: 1.0 - 2.0 * tail,
                    method: question.evidence.method().into(),
                }),
                p_value,
                p_adjusted: adjusted.p,
                detectable_drop: question.evidence.detectable(tail).map(|drop| match question.margin {
                    Margin::Ratio(_) => -(-drop).exp_m1(),
                    Margin::Difference(_) => drop,
                }),
            }
        })
        .collect()
}

/// The verdict on a ratio of published numbers, without a test.
#[must_use]
pub fn published_point(ratio: f64, margin: f64) -> Verdict {
    Verdict::of(ratio.ln(), ratio.ln(), Margin::Ratio(margin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_the_bounds() {
        let of = |low: f64, high: f64| Verdict::of(low.ln(), high.ln(), Margin::Ratio(0.05));
        assert_eq!(of(0.80, 0.99), Verdict::Dropped);
        assert_eq!(of(0.80, 1.00), Verdict::Undecided);
        assert_eq!(of(1.01, 1.20), Verdict::Gained);
        assert_eq!(of(0.95, 1.05), Verdict::Held);
        assert_eq!(of(0.96, 0.99), Verdict::Held, "surely there, surely too small to matter");
        assert_eq!(of(0.90, 1.02), Verdict::Undecided);
        assert_eq!(of(0.0, f64::INFINITY), Verdict::Undecided);
    }

    #[test]
    fn the_same_file_holds_with_p_of_one() {
        let question = Question { evidence: Evidence::Certain { effect: 0.0 }, margin: Margin::Ratio(0.01) };
        let found = &judge(&[question], ALPHA)[0];
        let ratio = found.effect.clone().unwrap();
        assert_eq!((found.verdict, found.p_value, found.p_adjusted), (Verdict::Held, 1.0, 1.0));
        assert_eq!((ratio.low, ratio.point, ratio.high), (Some(1.0), 1.0, Some(1.0)));
    }

    #[test]
    fn the_interval_excludes_one_exactly_where_the_adjusted_test_rejects() {
        let family: Vec<Question> = [-2.4, -1.9, -1.7, -0.2, 1.0]
            .map(|effect| Question { evidence: Evidence::Normal { effect, error: 1.0 }, margin: Margin::Ratio(0.05) })
            .to_vec();
        for found in judge(&family, ALPHA) {
            let excluded = found.effect.clone().unwrap().high.unwrap() < 1.0;
            assert_eq!(excluded, found.p_adjusted <= ALPHA, "{found:?}");
        }
    }
}
