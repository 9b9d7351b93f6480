//! From measurements on the eight tasks to effective parameters, with what the interval is made of.

use serde::{Deserialize, Serialize};

use super::curve::EdgeCurve;
use super::error::EdgeError;
use super::evidence::{Evidence, Mean, controlled_tasks, mean_accuracy, mean_bits};
use super::family::EdgeFamily;
use super::{FEWEST_PARAMS, MOST_PARAMS};
use crate::law::density::EffectiveParams;
use crate::stat::Estimate;
use crate::unit::Params;

/// Nominal coverage of the intervals.
pub const LEVEL: f64 = 0.95;
/// Two-sided 5 % quantile of the normal distribution.
const TWO_SIDED_Z: f64 = 1.959_963_984_540_054;
/// What the interval holds beside the sampling.
const BESIDE: &str = "curve (residual bootstrap) and leave-one-size-out error, in ln N";

/// What the interval is made of: standard deviations of ln N̂.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Uncertainty {
    /// Items that stand for all there could be.
    pub sampling: f64,
    /// The curve's coefficients; null where most of its resamples end before this score.
    pub curve: Option<f64>,
    /// A size that the curve was not fitted to.
    pub leave_one_size_out: f64,
}

/// Effective parameters of a model, with what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeCapability {
    /// The mean of the eight: an accuracy as a share, or bits per byte.
    pub score: Estimate,
    /// Effective parameters.
    pub effective: Estimate<EffectiveParams>,
    /// What the interval is made of.
    pub uncertainty: Uncertainty,
}

/// Effective parameters at `d0` tokens by the mean accuracy of the eight tasks.
///
/// # Errors
/// A task that is missing; a mean that cannot be told from chance; one outside the curve or the published range.
pub fn by_accuracy(family: &EdgeFamily, d0: f64, evidence: &Evidence) -> Result<EdgeCapability, EdgeError> {
    let mean = mean_accuracy(evidence)?;
    let slope = family.curve().log_slope_of_accuracy(mean.value, d0)?;
    let read = |curve: &EdgeCurve, accuracy: f64| curve.ln_params_of_accuracy(accuracy, d0);
    capability(family, (mean, None), slope, family.left_out.accuracy, read)
}

/// Effective parameters at `d0` tokens by the mean bits per byte of the eight tasks. A model of another making is biased
/// by the style of its text: this way is a second opinion.
///
/// # Errors
/// A task without; a mean outside the curve or the published range.
pub fn by_bits_per_byte(family: &EdgeFamily, d0: f64, evidence: &Evidence) -> Result<EdgeCapability, EdgeError> {
    let mean = mean_bits(evidence)?;
    let slope = family.curve().loss.log_slope(mean.value, d0)?;
    let read = |curve: &EdgeCurve, loss: f64| curve.ln_params_of_loss(loss, d0);
    let controlled = Some(controlled_tasks(evidence)).filter(|tasks| *tasks > 0);
    let control = controlled.map(|tasks| format!("control variate on {tasks} of {} tasks", evidence.len()));
    capability(family, (mean, control), slope, family.left_out.bits_per_byte, read)
}

fn capability(
    family: &EdgeFamily,
    (mean, control): (Mean, Option<String>),
    slope: f64,
    left_out: f64,
    read: impl Fn(&EdgeCurve, f64) -> Result<f64, EdgeError>,
) -> Result<EdgeCapability, EdgeError> {
    let curve = family.curve();
    let point = read(&curve, mean.value)?;
    let spread = family.spread(|replicate| read(replicate, mean.value).ok());
    let half_score = TWO_SIDED_Z * mean.standard_error;
    let control = control.map_or_else(String::new, |control| format!(" ({control})"));
    let score = Estimate {
        point: mean.value,
        low: Some(mean.value - half_score),
        high: Some(mean.value + half_score),
        level: LEVEL,
        method: format!("normal{control}").into(),
    };
    // A curve that most resamples take away at this mean bounds nothing: both ends are open.
    let other = spread.map(|spread| TWO_SIDED_Z * spread.hypot(left_out));
    let moved = |by: f64| Some((read(&curve, mean.value + by).ok()? - point).abs().hypot(other?));
    let (down, up) = if slope > 0.0 { (-half_score, half_score) } else { (half_score, -half_score) };
    let end = |ln: f64| (FEWEST_PARAMS..=MOST_PARAMS).contains(&ln.exp()).then(|| effective(ln));
    let interval = Estimate {
        point: effective(point),
        low: moved(down).and_then(|half| end(point - half)),
        high: moved(up).and_then(|half| end(point + half)),
        level: LEVEL,
        method: format!("sampling{control} through the curve, {BESIDE}").into(),
    };
    let found = Params::from_count(point.exp());
    if found.count() < FEWEST_PARAMS {
        return Err(EdgeError::BelowRange { found, bound: Params::from_count(FEWEST_PARAMS) });
    }
    if found.count() > MOST_PARAMS {
        return Err(EdgeError::AboveRange { found, bound: Params::from_count(MOST_PARAMS) });
    }
    let uncertainty =
        Uncertainty { sampling: slope.abs() * mean.standard_error, curve: spread, leave_one_size_out: left_out };
    Ok(EdgeCapability { score, effective: interval, uncertainty })
}

fn effective(ln: f64) -> EffectiveParams {
    EffectiveParams::new(Params::from_count(ln.exp()))
}
