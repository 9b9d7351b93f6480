//! The loss step with a floor: parameters and tokens → bits per byte, and back.

use serde::{Deserialize, Serialize};

use super::error::EdgeError;
use crate::unit::Params;

/// Parameters are counted in these.
pub const PARAMS_UNIT: f64 = 1e9;
/// Tokens are counted in these.
pub const TOKENS_UNIT: f64 = 1e11;

/// `L(N, D) = e + a·(N/1e9)^−α + b·(D/1e11)^−β`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloorLaw {
    /// The loss that neither parameters nor tokens remove.
    pub e: f64,
    /// Scale of the parameter term, at 1e9 parameters.
    pub a: f64,
    /// Exponent of the parameters.
    pub alpha: f64,
    /// Scale of the token term, at 1e11 tokens.
    pub b: f64,
    /// Exponent of the tokens.
    pub beta: f64,
}

impl FloorLaw {
    /// The loss of a reference model with `params` parameters trained on `tokens` tokens.
    #[must_use]
    pub fn loss(&self, params: Params, tokens: f64) -> f64 {
        self.a * (params.count() / PARAMS_UNIT).powf(-self.alpha) + self.floor(tokens)
    }

    /// The loss of infinitely many parameters on `tokens` tokens.
    #[must_use]
    pub fn floor(&self, tokens: f64) -> f64 {
        self.e + self.b * (tokens / TOKENS_UNIT).powf(-self.beta)
    }

    /// The parameters that reach `loss` on `tokens` tokens.
    ///
    /// # Errors
    /// A loss at or below the floor.
    pub fn params(&self, loss: f64, tokens: f64) -> Result<Params, EdgeError> {
        let floor = self.floor(tokens);
        // Not a number must not pass either.
        if loss.is_nan() || loss <= floor {
            return Err(EdgeError::LossAtOrBelowFloor { loss, floor, tokens });
        }
        Ok(Params::from_count(PARAMS_UNIT * (self.a / (loss - floor)).powf(1.0 / self.alpha)))
    }

    /// d ln N̂ / dL, which is negative.
    ///
    /// # Errors
    /// As [`FloorLaw::params`].
    pub fn log_slope(&self, loss: f64, tokens: f64) -> Result<f64, EdgeError> {
        self.params(loss, tokens)?;
        Ok(-1.0 / (self.alpha * (loss - self.floor(tokens))))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const LAW: FloorLaw = FloorLaw { e: 0.7136, a: 0.1013, alpha: 0.494, b: 0.2151, beta: 0.232 };

    #[test]
    fn the_inverse_gives_the_parameters_back_and_ends_at_the_floor() {
        for params in [3e7, 1e9, 6e9] {
            let loss = LAW.loss(Params::from_count(params), 1e12);
            assert_relative_eq!(LAW.params(loss, 1e12).unwrap().count(), params, max_relative = 1e-9);
            let ln = |loss: f64| LAW.params(loss, 1e12).unwrap().count().ln();
            let numeric = (ln(loss + 1e-6) - ln(loss - 1e-6)) / 2e-6;
            assert_relative_eq!(LAW.log_slope(loss, 1e12).unwrap(), numeric, max_relative = 1e-5);
        }
        assert!(matches!(LAW.params(LAW.floor(1e12), 1e12), Err(EdgeError::LossAtOrBelowFloor { .. })));
        assert!(LAW.params(f64::NAN, 1e12).is_err());
    }
}
