//! Reference curves: parameters → conditional loss → score, and back.
//!
//! Source: Xiao et al., *Densing law of LLMs*, doi 10.1038/s42256-025-01137-0. Every inverse is an error outside its
//! range instead of an extrapolation.

use serde::{Deserialize, Serialize};

use crate::unit::Params;

mod error;
mod loss;

pub use error::ReferenceError;
pub(super) use error::positive;
pub use loss::{ConditionalLoss, LossKind, LossUnit};

/// Tokens at which the journal reads its reference curves.
pub const JOURNAL_D0_TOKENS: f64 = 5e12;
/// Tokens at which the preprint (arXiv 2412.04315) reads its reference curves.
pub const PREPRINT_D0_TOKENS: f64 = 1e12;

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
