//! A straight line through a conditional quantile (Koenker and Bassett 1978), solved exactly.

use super::regression::checked;
use super::{Line, RegressionError};

/// A line below which a share `tau` of the points lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileLine {
    /// The share, in (0, 1).
    pub tau: f64,
    /// Change of y for one unit of x.
    pub slope: f64,
    /// The value at x = 0.
    pub intercept: f64,
    /// The minimised check loss, Σ ρ_τ(y − ŷ).
    pub loss: f64,
}

/// Fits the line that minimises the check loss. `tau` is clamped to [0.001, 0.999].
///
/// A minimising line can always be found through two of the points. The search walks from one such line to a better
/// one by turning about a point it passes through; the loss is convex, so where no turn helps it is at the minimum.
///
/// # Errors
/// Fewer than two points, slices of different length, a non-finite coordinate, or a single distinct x.
pub fn quantile_line(x: &[f64], y: &[f64], tau: f64) -> Result<QuantileLine, RegressionError> {
    checked(x, y, 2)?;
    let tau = tau.clamp(0.001, 0.999);
    // Near the answer: the least-squares line, moved up or down to the quantile of its residuals.
    let start = Line::fit(x, y)?;
    let mut residuals: Vec<(f64, usize)> = start.residuals(x, y).into_iter().zip(0..).collect();
    residuals.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let rank = ((tau * residuals.len() as f64).ceil() as usize).clamp(1, residuals.len()) - 1;

    let mut scratch = Vec::with_capacity(x.len());
    let mut best = turned_about(residuals[rank].1, x, y, tau, &mut scratch).ok_or(RegressionError::OneAbscissa)?;
    loop {
        let scale = y.iter().fold(f64::MIN_POSITIVE, |scale, y| scale.max(y.abs()));
        let on_line: Vec<usize> = (0..x.len())
            .filter(|&i| (y[i] - best.intercept - best.slope * x[i]).abs() <= 1e-12 * scale.max(1.0))
            .collect();
        let better = on_line
            .into_iter()
            .filter_map(|pivot| turned_about(pivot, x, y, tau, &mut scratch))
            .min_by(|a, b| a.loss.total_cmp(&b.loss));
        match better {
            // A relative step, so that rounding cannot keep the search going.
            Some(next) if next.loss < best.loss * (1.0 - 1e-12) => best = next,
            _ => return Ok(best),
        }
    }
}

/// The best line through point `pivot`: its slope is a weighted quantile of the slopes to the other points.
fn turned_about(pivot: usize, x: &[f64], y: &[f64], tau: f64, slopes: &mut Vec<(f64, f64)>) -> Option<QuantileLine> {
    slopes.clear();
    let mut derivative = 0.0;
    for i in 0..x.len() {
        let run = x[i] - x[pivot];
        if run != 0.0 {
            slopes.push(((y[i] - y[pivot]) / run, run.abs()));
            derivative -= run.abs() * if run > 0.0 { tau } else { 1.0 - tau };
        }
    }
    slopes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let slope = slopes
        .iter()
        .find(|(_, weight)| {
            derivative += weight;
            derivative >= 0.0
        })
        .or(slopes.last())?
        .0;
    let intercept = y[pivot] - slope * x[pivot];
    let loss = x
        .iter()
        .zip(y)
        .map(|(x, y)| y - intercept - slope * x)
        .map(|residual| residual * if residual < 0.0 { tau - 1.0 } else { tau })
        .sum();
    Some(QuantileLine { tau, slope, intercept, loss })
}
