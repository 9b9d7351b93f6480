//! The score step and both steps together: bits per byte → accuracy → effective parameters.

use serde::{Deserialize, Serialize};

use super::error::EdgeError;
use super::floor_law::FloorLaw;
use crate::unit::Params;

/// The score step `S(L) = d + c / (1 + exp(γ(L − l)))`, a share of items (γ > 0: a lower loss scores higher).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccuracyLaw {
    /// Height of the sigmoid.
    pub c: f64,
    /// Steepness, per bit a byte.
    pub gamma: f64,
    /// Loss at half height.
    pub l: f64,
    /// Lower bound.
    pub d: f64,
}

impl AccuracyLaw {
    /// The accuracy at a loss.
    #[must_use]
    pub fn accuracy(&self, loss: f64) -> f64 {
        self.d + self.c / (1.0 + (self.gamma * (loss - self.l)).exp())
    }

    /// The loss at which the curve reaches `accuracy`.
    ///
    /// # Errors
    /// An accuracy outside (d, c + d).
    pub fn loss(&self, accuracy: f64) -> Result<f64, EdgeError> {
        if accuracy.is_nan() || accuracy <= self.d {
            return Err(EdgeError::AccuracyAtOrBelowFloor { accuracy, bound: self.d });
        }
        if accuracy >= self.c + self.d {
            return Err(EdgeError::AccuracyAtOrAboveCeiling { accuracy, bound: self.c + self.d });
        }
        Ok(self.l + (self.c / (accuracy - self.d) - 1.0).ln() / self.gamma)
    }
}

/// Both steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EdgeCurve {
    /// Parameters and tokens → bits per byte.
    pub loss: FloorLaw,
    /// Bits per byte → accuracy.
    pub accuracy: AccuracyLaw,
}

impl EdgeCurve {
    /// The accuracy of a reference model.
    #[must_use]
    pub fn accuracy_of(&self, params: Params, tokens: f64) -> f64 {
        self.accuracy.accuracy(self.loss.loss(params, tokens))
    }

    /// ln N̂ of an accuracy.
    ///
    /// # Errors
    /// An accuracy outside the score step, or one whose loss lies at or below the floor.
    pub fn ln_params_of_accuracy(&self, accuracy: f64, tokens: f64) -> Result<f64, EdgeError> {
        self.ln_params_of_loss(self.accuracy.loss(accuracy)?, tokens)
    }

    /// ln N̂ of bits per byte.
    ///
    /// # Errors
    /// Bits per byte at or below the floor.
    pub fn ln_params_of_loss(&self, loss: f64, tokens: f64) -> Result<f64, EdgeError> {
        Ok(self.loss.params(loss, tokens)?.count().ln())
    }

    /// d ln N̂ / dS.
    ///
    /// # Errors
    /// As [`EdgeCurve::ln_params_of_accuracy`].
    pub fn log_slope_of_accuracy(&self, accuracy: f64, tokens: f64) -> Result<f64, EdgeError> {
        let AccuracyLaw { c, gamma, d, .. } = self.accuracy;
        let loss = self.accuracy.loss(accuracy)?;
        let loss_by_accuracy = -c / (gamma * (accuracy - d) * (c + d - accuracy));
        Ok(loss_by_accuracy * self.loss.log_slope(loss, tokens)?)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const CURVE: EdgeCurve = EdgeCurve {
        loss: FloorLaw { e: 0.7136, a: 0.1013, alpha: 0.494, b: 0.2151, beta: 0.232 },
        accuracy: AccuracyLaw { c: 0.772, gamma: 4.29, l: 0.801, d: 0.306 },
    };

    #[test]
    fn an_accuracy_leads_back_to_the_parameters_that_gave_it() {
        for params in [5e7, 5e8, 5e9] {
            let accuracy = CURVE.accuracy_of(Params::from_count(params), 1e12);
            let ln = |accuracy: f64| CURVE.ln_params_of_accuracy(accuracy, 1e12).unwrap();
            assert_relative_eq!(ln(accuracy).exp(), params, max_relative = 1e-9);
            let numeric = (ln(accuracy + 1e-6) - ln(accuracy - 1e-6)) / 2e-6;
            let slope = CURVE.log_slope_of_accuracy(accuracy, 1e12).unwrap();
            assert_relative_eq!(slope, numeric, max_relative = 1e-5);
        }
        assert!(matches!(CURVE.accuracy.loss(0.306), Err(EdgeError::AccuracyAtOrBelowFloor { .. })));
        assert!(matches!(CURVE.accuracy.loss(1.078), Err(EdgeError::AccuracyAtOrAboveCeiling { .. })));
    }
}
