//! From scores or a loss to effective parameters, with the interval.

use std::collections::BTreeMap;

use super::density::EffectiveParams;
use super::family::ReferenceFamily;
use super::impute::{FiveMean, ImputeError, five_mean};
use super::noise::{Sampling, counting_sd, published_sd};
use super::reference::{ConditionalLoss, ReferenceCurve, ReferenceError};
use crate::stat::Estimate;
use crate::stat::least_squares::t_quantile;
use crate::unit::{Benchmark, Scores};

/// Nominal coverage of the intervals.
pub const LEVEL: f64 = 0.95;
/// Largest ratio between per-benchmark sizes at which their geometric mean is given at all.
pub const LARGEST_SPREAD: f64 = 10.0;
/// One-sided 5 % quantile of the normal distribution, for the test of the mean against the lower bound.
const ONE_SIDED_Z: f64 = 1.644_853_626_951_472_2;
/// Two-sided 5 % quantile of the normal distribution.
const TWO_SIDED_Z: f64 = 1.959_963_984_540_054;

/// Sizes by each benchmark's own curve: a diagnostic, since they can differ a thousandfold.
#[derive(Debug, Clone, PartialEq)]
pub struct PerBenchmark {
    /// Effective parameters by benchmark, or why there are none.
    pub sizes: BTreeMap<Benchmark, Result<EffectiveParams, ReferenceError>>,
    /// Largest over smallest size (`None` with fewer than two sizes).
    pub spread: Option<f64>,
    /// Geometric mean of the sizes, only where `spread` is at most [`LARGEST_SPREAD`].
    pub typical: Option<EffectiveParams>,
}

/// Effective parameters from scores, with what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Capability {
    /// The five-benchmark mean and its imputed part.
    pub mean: FiveMean,
    /// The mean in percent with its interval.
    pub score: Estimate,
    /// Effective parameters.
    pub effective: Estimate<EffectiveParams>,
}

/// Effective parameters by the average curve of `family` at `d0` tokens.
///
/// The interval is that of the mean score (counting, evaluator spread, imputation) carried through the curve, which is
/// monotone; where an end leaves the curve's range the interval is open. It does not hold the curve's own uncertainty.
///
/// # Errors
/// No score; scores that cannot be told from chance; a mean outside the curve's range; no regression for missing ones.
pub fn of_scores(
    family: &ReferenceFamily,
    d0: f64,
    scores: &Scores,
    sampling: impl Into<Sampling>,
    releases: &[Scores],
) -> Result<Capability, ImputeError> {
    let sampling = sampling.into();
    let mean = five_mean(scores, releases)?;
    let mut at_chance = None;
    let mut above = false;
    for (benchmark, percent) in scores.present() {
        match family.above_chance(benchmark, percent, sampling.items[benchmark as usize]) {
            Ok(()) => above = true,
            Err(error) => at_chance = at_chance.or(Some(error)),
        }
    }
    if let (false, Some(error)) = (above, at_chance) {
        return Err(error.into());
    }
    let curve = &family.average;
    let point = EffectiveParams::new(curve.effective_params(mean.percent, d0)?);
    let counting = counting_sd(scores, &mean.weights, &sampling);
    if mean.percent - curve.score.d < ONE_SIDED_Z * counting {
        let (score, bound) = (mean.percent, curve.score.d);
        return Err(ReferenceError::MeanAtChance { score, bound, sd: counting }.into());
    }
    let noise = published_sd(scores, &mean.weights, &sampling);
    let (half, method) = match mean.degrees_of_freedom {
        None => (TWO_SIDED_Z * noise, "score noise (normal) through the curve"),
        Some(df) => (
            t_quantile(LEVEL, df) * noise.hypot(mean.prediction_sd),
            "imputation and score noise (t) through the curve",
        ),
    };
    let score = Estimate::new(mean.percent, mean.percent - half, mean.percent + half, LEVEL, method);
    let effective = through(curve, d0, &score, point);
    Ok(Capability { mean, score, effective })
}

/// Carries the ends of a score's interval through the curve; an end outside the curve's range is open.
fn through(curve: &ReferenceCurve, d0: f64, score: &Estimate, point: EffectiveParams) -> Estimate<EffectiveParams> {
    let end = |percent: Option<f64>| {
        percent.and_then(|p| curve.effective_params(p, d0).ok()).map(EffectiveParams::new).filter(|n| n.count() > 0.0)
    };
    Estimate { point, low: end(score.low), high: end(score.high), level: score.level, method: score.method.clone() }
}

/// Effective parameters from a conditional loss, without a score.
///
/// `standard_error` is that of the loss, in its unit.
///
/// # Errors
/// A loss of another kind or unit than the curve's, or at or below the floor.
pub fn of_loss(
    curve: &ReferenceCurve,
    d0: f64,
    loss: ConditionalLoss,
    standard_error: f64,
) -> Result<Estimate<EffectiveParams>, ReferenceError> {
    let point = EffectiveParams::new(curve.effective_params_of_loss(loss, d0)?);
    let half = TWO_SIDED_Z * standard_error.abs();
    let at = |value: f64| {
        curve.effective_params_of_loss(ConditionalLoss { value, ..loss }, d0).ok().map(EffectiveParams::new)
    };
    Ok(Estimate {
        point,
        low: at(loss.value + half),
        high: at(loss.value - half),
        level: LEVEL,
        method: "loss error (normal) through the curve".into(),
    })
}

/// Sizes by each benchmark's own curve.
#[must_use]
pub fn per_benchmark(family: &ReferenceFamily, d0: f64, scores: &Scores) -> PerBenchmark {
    let sizes: BTreeMap<_, _> = scores
        .present()
        .filter_map(|(b, s)| Some((b, family.benchmark(b)?.effective_params(s, d0).map(EffectiveParams::new))))
        .collect();
    let logs: Vec<f64> = sizes.values().filter_map(|n| n.as_ref().ok()).map(|n| n.count().ln()).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let spread = (logs.len() > 1).then(|| (largest - smallest).exp());
    let typical = spread.filter(|s| *s <= LARGEST_SPREAD).map(|_| {
        EffectiveParams::new(crate::unit::Params::from_count((logs.iter().sum::<f64>() / logs.len() as f64).exp()))
    });
    PerBenchmark { sizes, spread, typical }
}
