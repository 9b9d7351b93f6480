//! Reference curves: parameters → conditional loss → score, and back.
//!
//! Source: Xiao et al., *Densing law of LLMs*, doi 10.1038/s42256-025-01137-0. Every inverse is an error outside its
//! range instead of an extrapolation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::stat::proportion::ProportionError;
use crate::unit::{Benchmark, Params};

/// Tokens at which the journal reads its reference curves.
pub const JOURNAL_D0_TOKENS: f64 = 5e12;
/// Tokens at which the preprint (arXiv 2412.04315) reads its reference curves.
pub const PREPRINT_D0_TOKENS: f64 = 1e12;

/// What a conditional loss was taken over. Losses of different kinds are different quantities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Worked reasoning written by GPT-4o, then the answer: what the paper's curves were fitted on.
    Reasoning,
    /// Each data set's own gold text: letters, bare BBH targets, human MATH solutions, code.
    DatasetGold,
}

/// The unit of a conditional loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum LossUnit {
    /// Natural-log units per token of the continuation (depends on the tokenizer).
    #[serde(rename = "nats/token")]
    NatsPerToken,
    /// Bits per byte of the continuation (does not depend on the tokenizer).
    #[serde(rename = "bits/byte")]
    BitsPerByte,
}

impl LossKind {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::DatasetGold => "dataset-gold",
        }
    }
}

impl LossUnit {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NatsPerToken => "nats/token",
            Self::BitsPerByte => "bits/byte",
        }
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for LossUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LossKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Reasoning, Self::DatasetGold]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("`{text}` is no kind of loss: reasoning or dataset-gold"))
    }
}

impl FromStr for LossUnit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::NatsPerToken, Self::BitsPerByte]
            .into_iter()
            .find(|unit| unit.name() == text)
            .ok_or_else(|| format!("`{text}` is no unit of a loss: nats/token or bits/byte"))
    }
}

/// A conditional loss −log P(continuation | prompt) with what it was taken over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConditionalLoss {
    /// The loss, in `unit`.
    pub value: f64,
    /// The text it was taken over.
    pub kind: LossKind,
    /// Its unit.
    pub unit: LossUnit,
}

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
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, ReferenceError> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(ReferenceError::NotPositive { what, value }) }
}

/// The loss step `L(N, D) = a·N^−α + b·D^−β`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossLaw {
    /// Scale of the parameter term.
    pub a: f64,
    /// Exponent of the parameters.
    pub alpha: f64,
    /// Scale of the token term.
    pub b: f64,
    /// Exponent of the tokens.
    pub beta: f64,
}

impl LossLaw {
    /// The loss of a reference model with `params` parameters trained on `tokens` tokens.
    #[must_use]
    pub fn loss(&self, params: Params, tokens: f64) -> f64 {
        self.a * params.count().powf(-self.alpha) + self.floor(tokens)
    }

    /// `b·D^−β`, the loss of infinitely many parameters on `tokens` tokens.
    #[must_use]
    pub fn floor(&self, tokens: f64) -> f64 {
        self.b * tokens.powf(-self.beta)
    }

    /// The parameters that reach `loss` on `tokens` tokens.
    ///
    /// # Errors
    /// A loss at or below the floor.
    pub fn params(&self, loss: f64, tokens: f64) -> Result<Params, ReferenceError> {
        positive("D0 (tokens)", tokens)?;
        let floor = self.floor(tokens);
        if loss.is_nan() || loss <= floor {
            return Err(ReferenceError::LossAtOrBelowFloor { loss, floor, tokens });
        }
        Ok(Params::from_count(((loss - floor) / self.a).powf(-1.0 / self.alpha)))
    }
}

/// The performance step `S(L) = c / (1 + exp(−γ(L − l))) + d`, in percent (γ < 0: a lower loss scores higher).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreLaw {
    /// Height of the sigmoid, in points.
    pub c: f64,
    /// Steepness, per unit of loss.
    pub gamma: f64,
    /// Loss at half height.
    pub l: f64,
    /// Lower bound (the score without skill), in percent.
    pub d: f64,
}

impl ScoreLaw {
    /// The score in percent at a loss.
    #[must_use]
    pub fn score_percent(&self, loss: f64) -> f64 {
        self.c / (1.0 + (-self.gamma * (loss - self.l)).exp()) + self.d
    }

    /// The loss at which the curve scores `percent`.
    ///
    /// # Errors
    /// A score outside (d, c + d).
    pub fn loss(&self, percent: f64) -> Result<f64, ReferenceError> {
        if percent.is_nan() || percent <= self.d {
            return Err(ReferenceError::ScoreAtOrBelowFloor { score: percent, bound: self.d });
        }
        if percent >= self.c + self.d {
            return Err(ReferenceError::ScoreAtOrAboveCeiling { score: percent, bound: self.c + self.d });
        }
        Ok(self.l - (self.c / (percent - self.d) - 1.0).ln() / self.gamma)
    }
}

/// A reference curve: the composition of both steps, with the kind of loss it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceCurve {
    /// Parameters and tokens → loss.
    pub loss: LossLaw,
    /// Loss → score.
    pub score: ScoreLaw,
    /// What the losses were taken over.
    pub kind: LossKind,
    /// The unit of the losses.
    pub unit: LossUnit,
}

impl ReferenceCurve {
    /// The score in percent of a reference model.
    #[must_use]
    pub fn score_percent(&self, params: Params, tokens: f64) -> f64 {
        self.score.score_percent(self.loss.loss(params, tokens))
    }

    /// The parameters with which the reference family, trained on `d0` tokens, scores `percent`.
    ///
    /// # Errors
    /// A score outside (d, c + d), or one whose loss lies at or below the floor.
    pub fn effective_params(&self, percent: f64, d0: f64) -> Result<Params, ReferenceError> {
        self.loss.params(self.score.loss(percent)?, d0)
    }

    /// d ln N̂ / dS: how much the logarithm of the effective parameters rises for one point of score.
    ///
    /// # Errors
    /// As [`ReferenceCurve::effective_params`].
    pub fn log_slope(&self, percent: f64, d0: f64) -> Result<f64, ReferenceError> {
        let loss = self.score.loss(percent)?;
        self.loss.params(loss, d0)?;
        let ScoreLaw { c, gamma, d, .. } = self.score;
        let loss_per_point = c / (gamma * (percent - d) * (c + d - percent));
        Ok(-loss_per_point / (self.loss.alpha * (loss - self.loss.floor(d0))))
    }

    /// The parameters with which the reference family, trained on `d0` tokens, reaches a conditional loss.
    ///
    /// # Errors
    /// A loss of another kind or unit than the curve's, or at or below the floor.
    pub fn effective_params_of_loss(&self, loss: ConditionalLoss, d0: f64) -> Result<Params, ReferenceError> {
        if loss.kind != self.kind {
            return Err(ReferenceError::LossKind { given: loss.kind, curve: self.kind });
        }
        if loss.unit != self.unit {
            return Err(ReferenceError::LossUnit { given: loss.unit, curve: self.unit });
        }
        positive("the loss", loss.value)?;
        self.loss.params(loss.value, d0)
    }
}
