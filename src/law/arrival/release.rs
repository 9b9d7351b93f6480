//! A release as the law of releases takes it: its day, its size, and ln N̂ with the doubt of its scores.

use jiff::civil::Date;

use crate::law::capability::Capability;
use crate::law::frontier::days_since_origin;
use crate::law::noise::{Sampling, published_sd};
use crate::law::reference::{ReferenceCurve, ReferenceError};
use crate::unit::Scores;

/// Days of a year.
pub const DAYS_PER_YEAR: f64 = 365.25;

/// Unit of N̂ within the law: a billion.
pub const BILLION: f64 = 1e9;

/// Half the step of the score, in points, over which the slope of ln N̂ is taken.
const STEP: f64 = 0.25;

/// ln(N̂/10⁹) with its standard deviation: what a release has, or what a capability asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// ln(N̂/10⁹).
    pub ln: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

impl Level {
    /// Of published scores: counting error and spread of the evaluators, imputation, and what one evaluator shifts in all
    /// five at once (`common_sd`, in points of their mean).
    ///
    /// # Errors
    /// A mean outside the curve's range.
    pub fn of_scores(
        curve: &ReferenceCurve,
        d0: f64,
        scores: &Scores,
        capability: &Capability,
        sampling: &Sampling,
        common_sd: f64,
    ) -> Result<Self, ReferenceError> {
        let mean = &capability.mean;
        let points = published_sd(scores, &mean.weights, sampling).hypot(mean.prediction_sd).hypot(common_sd);
        Ok(Self {
            ln: (capability.effective.point.count() / BILLION).ln(),
            deviation: slope(curve, d0, mean.percent)? * points,
        })
    }

    /// N̂ that is given, without doubt.
    #[must_use]
    pub fn given(params: f64) -> Self {
        Self { ln: (params / BILLION).ln(), deviation: 0.0 }
    }
}

/// How much ln N̂ rises for a point of score, over half a point about it (over what is left of it at the curve's ends).
fn slope(curve: &ReferenceCurve, d0: f64, percent: f64) -> Result<f64, ReferenceError> {
    let ln = |percent: f64| curve.effective_params(percent, d0).map(|params| params.count().ln());
    Ok(match (ln(percent + STEP), ln(percent - STEP)) {
        (Ok(above), Ok(below)) => (above - below) / (2.0 * STEP),
        (Ok(above), Err(_)) => (above - ln(percent)?) / STEP,
        (Err(_), Ok(below)) => (ln(percent)? - below) / STEP,
        (Err(error), Err(_)) => return Err(error),
    })
}

/// A release.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRelease {
    /// Its name.
    pub model: String,
    /// Its family: what one maker's errors have in common.
    pub family: String,
    /// The day.
    pub date: Date,
    /// All parameters.
    pub params: f64,
    /// Share of them that a token uses, at most 1.
    pub active_share: f64,
    /// Times that a token passes the layers: 1, but for looped models.
    pub loops: f64,
    /// Its level.
    pub level: Level,
}

impl ScoredRelease {
    /// The day, in years since the law's origin.
    #[must_use]
    pub fn years(&self) -> f64 {
        years(self.date)
    }

    /// Parameters read and computed with for a token.
    #[must_use]
    pub fn computed(&self) -> f64 {
        self.params * self.active_share * self.loops
    }
}

/// A day in years since the law's origin.
#[must_use]
pub fn years(date: Date) -> f64 {
    days_since_origin(date) / DAYS_PER_YEAR
}
