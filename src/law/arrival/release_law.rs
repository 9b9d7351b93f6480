//! The law of releases: ln N̂ by size, active share and day, with what releases of one event share.

use std::collections::BTreeMap;

use super::assumptions::Assumptions;
use super::release::{Level, ScoredRelease};
use crate::stat::least_squares::{FitError, Linear};

/// The size at which the law's constant is read.
const TYPICAL_PARAMS: f64 = 4e9;
/// Coefficients of the law.
const COEFFICIENTS: usize = 4;
/// Place of the active share's coefficient.
const ACTIVE: usize = 2;
/// The share of the variance that releases of one event may have in common, at least and at most.
const SHARED: [f64; 2] = [0.2, 0.9];
/// Least share of the variance that is no doubt of scores.
const OWN: f64 = 0.05;

/// y = β₀ + β₁ ln(N/4·10⁹) + β₂ ln(active share) + β₃ (t − T), y = ln(N̂/10⁹), t in years.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseLaw {
    /// β: level, size, active share, growth in a year.
    pub beta: [f64; COEFFICIENTS],
    /// V: variance about the law.
    pub variance: f64,
    /// W: what releases of one event share.
    pub event_deviation: f64,
    /// E: what is a model's own, the doubt of its scores in it.
    pub model_deviation: f64,
    /// E₀: what is a model's own without that doubt.
    pub true_deviation: f64,
    /// Weighted mean of the variances of the scores.
    pub score_variance: f64,
    /// Sum of the weights.
    pub weight: f64,
    /// (Σw)²/Σw².
    pub effective_releases: f64,
}

/// Releases of one family on one day.
#[must_use]
pub fn events(releases: &[ScoredRelease]) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, release) in releases.iter().enumerate() {
        found.entry((release.date, release.family.as_str())).or_default().push(at);
    }
    found.into_values().collect()
}

/// A law of some releases does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReleaseLawError {
    /// The regression does not exist.
    #[error("the {releases} releases give no law: {error}")]
    Regression {
        /// How many there were.
        releases: usize,
        /// Why not.
        error: FitError,
    },
    /// They are too few, or their weights too unequal.
    #[error("{releases} releases weigh as much as {effective:.1}; a law of releases needs more than {COEFFICIENTS}")]
    TooFew {
        /// How many there were.
        releases: usize,
        /// As many equal ones they count for.
        effective: f64,
    },
    /// They lie on the law exactly.
    #[error("the releases lie on one plane exactly, so nothing says how far the next may lie from it")]
    NoSpread,
}

/// A release in the terms of the law, `t − T` being `since` years.
#[must_use]
pub fn terms(release: &ScoredRelease, since: f64) -> [f64; COEFFICIENTS] {
    [1.0, (release.params / TYPICAL_PARAMS).ln(), release.active_share.ln(), since]
}

impl ReleaseLaw {
    /// Fits `releases`, each counted `copies` times, as of `today` (years since the origin).
    ///
    /// # Errors
    /// Too few releases, or all of one size or day.
    pub fn fit(
        releases: &[ScoredRelease],
        events: &[Vec<usize>],
        copies: &[f64],
        today: f64,
        assumptions: &Assumptions,
    ) -> Result<Self, ReleaseLawError> {
        let weights: Vec<f64> = releases
            .iter()
            .zip(copies)
            .map(|(release, copies)| copies * assumptions.weight(today - release.years()))
            .collect();
        let weight: f64 = weights.iter().sum();
        let effective_releases = weight * weight / weights.iter().map(|w| w * w).sum::<f64>();
        // Zero weights make the ratio NaN, which is too few as well.
        if effective_releases.is_nan() || effective_releases <= COEFFICIENTS as f64 {
            let effective = if effective_releases.is_nan() { 0.0 } else { effective_releases };
            return Err(ReleaseLawError::TooFew { releases: releases.len(), effective });
        }
        let x: Vec<[f64; COEFFICIENTS]> =
            releases.iter().map(|release| terms(release, release.years() - today)).collect();
        // Where all are dense, nothing tells what a share of active parameters does, and nothing asks.
        let asked: Vec<usize> =
            (0..COEFFICIENTS).filter(|term| *term != ACTIVE || x.iter().any(|x| x[ACTIVE] != 0.0)).collect();
        let rows: Vec<Vec<f64>> =
            x.iter().zip(&weights).map(|(x, w)| asked.iter().map(|term| x[*term] * w.sqrt()).collect()).collect();
        let y: Vec<f64> = releases.iter().zip(&weights).map(|(release, w)| release.level.ln * w.sqrt()).collect();
        let fit =
            Linear::fit(&rows, &y).map_err(|error| ReleaseLawError::Regression { releases: releases.len(), error })?;
        let mut beta = [0.0; COEFFICIENTS];
        asked.iter().zip(&fit.coefficients).for_each(|(term, found)| beta[*term] = *found);
        let residuals: Vec<f64> =
            releases.iter().zip(&x).map(|(release, x)| release.level.ln - dot(&beta, x)).collect();
        let mean = |value: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(at, w)| w * value(at)).sum::<f64>() / weight
        };
        let variance =
            mean(&|at| residuals[at].powi(2)) * effective_releases / (effective_releases - COEFFICIENTS as f64);
        if variance.is_nan() || variance <= 0.0 {
            return Err(ReleaseLawError::NoSpread);
        }
        let shared = shared(events, &weights, &residuals).clamp(SHARED[0] * variance, SHARED[1] * variance);
        let score_variance = mean(&|at| releases[at].level.deviation.powi(2));
        let own = variance - shared;
        Ok(Self {
            beta,
            variance,
            event_deviation: shared.sqrt(),
            model_deviation: own.sqrt(),
            true_deviation: (own - score_variance).max(OWN * variance).sqrt(),
            score_variance,
            weight,
            effective_releases,
        })
    }

    /// ln(N̂/10⁹) that the law expects of a release of this size, `since` years after its day (before it: below 0).
    #[must_use]
    pub fn expected(&self, release: &ScoredRelease, since: f64) -> f64 {
        dot(&self.beta, &terms(release, since))
    }
}

impl Level {
    /// What a release can do, its score drawn towards the law: one far above the law is likelier to have been lucky, so
    /// scores are believed as far as the law's spread exceeds their doubt. `now` in years since the origin.
    #[must_use]
    pub fn believed(law: &ReleaseLaw, release: &ScoredRelease, now: f64) -> Self {
        let (seen, doubt) = (release.level.ln, release.level.deviation);
        let prior = law.event_deviation.powi(2) + law.true_deviation.powi(2);
        let share = prior / (prior + doubt * doubt);
        let expected = law.expected(release, release.years() - now);
        Self { ln: expected + share * (seen - expected), deviation: share.sqrt() * doubt }
    }
}

/// The variance that releases of one event share: the mean product of two residuals of an event.
fn shared(events: &[Vec<usize>], weights: &[f64], residuals: &[f64]) -> f64 {
    let (mut products, mut weight) = (0.0, 0.0);
    for event in events.iter().filter(|event| event.len() > 1) {
        let k = event.len() as f64;
        let mean = event.iter().map(|at| weights[*at]).sum::<f64>() / k;
        let sum: f64 = event.iter().map(|at| residuals[*at]).sum();
        let squares: f64 = event.iter().map(|at| residuals[*at].powi(2)).sum();
        products += mean * (sum * sum - squares) / (k - 1.0);
        weight += mean * k;
    }
    if weight > 0.0 { products / weight } else { 0.0 }
}

fn dot(a: &[f64; COEFFICIENTS], b: &[f64; COEFFICIENTS]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
