//! What a compressed format takes of the effective parameters: q = N̂ of the compressed model over that of the original.

use crate::stat::{Estimate, TWO_SIDED_95};

/// Below this size the loss grows.
const BEND_PARAMS: f64 = 1e9;
/// Exponent of its growth below: from 1.7 to 0.6 billion parameters the losses of 4 bits double.
const BEND: f64 = 1.5;

/// ln q = −loss · max(1, (10⁹/N)^1.5) · e^(deviation·z): never above 0, unlike a normal ln q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Penalty {
    /// −ln q of a model of a billion parameters or more.
    pub loss: f64,
    /// Standard deviation of ln(−ln q) for a new model.
    pub deviation: f64,
}

impl Penalty {
    /// Of the original.
    pub const NONE: Self = Self { loss: 0.0, deviation: 0.0 };

    /// −ln q of a model of this size, `z` standard deviations from the middle.
    #[must_use]
    pub fn at(&self, params: f64, z: f64) -> f64 {
        self.loss * (BEND_PARAMS / params).powf(BEND).max(1.0) * (self.deviation * z).exp()
    }

    /// q of a model of this size, with the interval of a new model.
    #[must_use]
    pub fn ratio(&self, params: f64) -> Estimate {
        let at = |z: f64| (-self.at(params, z)).exp();
        Estimate::new(at(0.0), at(TWO_SIDED_95), at(-TWO_SIDED_95), 0.95, "log-normal loss of published pairs")
    }
}
