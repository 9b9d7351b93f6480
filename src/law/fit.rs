//! Fitting a reference family of one's own: the loss step and the performance step, with what the points do not tell.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use self::floor::{FloorStep, floor_coefficients, floor_starts, searched_law};
pub use self::steps::{LossPoint, ScorePoint};
use self::steps::{LossStep, ScoreStep, loss_coefficients, loss_law, score_coefficients, score_law};
use super::edge::floor_law::FloorLaw;
use super::reference::{LossLaw, ScoreLaw};
use crate::stat::least_squares::{Fit, FitError, Residuals, minimise};
use crate::stat::{Estimate, Sample};

pub(super) mod floor;
mod steps;

/// A fitted step: the law, the doubt about each coefficient, and the diagnostics of the fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted<L> {
    /// The law at the minimum.
    pub law: L,
    /// Each coefficient by its name, with its bootstrap interval.
    pub coefficients: Vec<(&'static str, Estimate)>,
    /// Covariance, residual scatter and condition number, in the parameters of the search.
    pub fit: Fit,
    /// Points behind the fit.
    pub points: usize,
    /// Bootstrap resamples that converged.
    pub resamples: usize,
    /// What the reader must know before using the law.
    pub warnings: Vec<String>,
}

/// How a fit is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Number of resamples.
    pub resamples: usize,
    /// Seed of the ChaCha8 generator.
    pub seed: u64,
}

/// |correlation| of two coefficients beyond which they cannot be told apart.
const INDISTINCT_CORRELATION: f64 = 0.95;
/// Condition number of the column-scaled Jacobian beyond which the coefficients are ill determined.
const ILL_CONDITIONED: f64 = 1e3;
/// Variance inflation factor beyond which predictors count as collinear.
const LARGEST_INFLATION: f64 = 5.0;
const LEVEL: f64 = 0.95;
const METHOD: &str = "residual bootstrap, percentile";

/// Fits the loss step by Levenberg–Marquardt from many starts.
///
/// # Errors
/// Fewer than five points, numbers that are not positive, or no convergence.
pub fn loss_step(points: &[LossPoint], resampling: Resampling) -> Result<Fitted<LossLaw>, FitError> {
    positive_points(points)?;
    let mean = |of: fn(&LossPoint) -> f64| points.iter().map(of).sum::<f64>() / points.len().max(1) as f64;
    let (loss, ln_n, ln_d) = (mean(|x| x.loss), mean(|x| x.params.ln()), mean(|x| x.tokens.ln()));
    let mut starts = Vec::new();
    for alpha in [0.1, 0.2, 0.35, 0.5] {
        for beta in [0.1, 0.2, 0.35, 0.5] {
            for share in [0.3_f64, 0.7] {
                let scale = |part: f64, exponent: f64, ln_x: f64| (loss * part).ln() + exponent * ln_x;
                starts.push(vec![scale(share, alpha, ln_n), alpha, scale(1.0 - share, beta, ln_d), beta]);
            }
        }
    }
    let fit = minimise(&LossStep(points), &starts)?;
    let residuals = LossStep(points).residuals(&fit.parameters);
    let replicates = resampled(&fit, &residuals, resampling, |noise, start| {
        let moved: Vec<LossPoint> = points
            .iter()
            .zip(&residuals)
            .zip(noise)
            .map(|((x, r), e)| LossPoint { loss: x.loss + r + e, ..*x })
            .collect();
        minimise(&LossStep(&moved), start).ok().map(|f| loss_coefficients(&f.parameters))
    });
    let law = loss_law(&fit.parameters);
    let coefficients = intervals(["a", "alpha", "b", "beta"], &loss_coefficients(&fit.parameters), &replicates);
    let mut warnings = general_warnings(&fit);
    warnings.extend(indistinct(&fit, [1, 3], design_correlation(points, ln_n, ln_d)));
    Ok(Fitted { law, coefficients, fit, points: points.len(), resamples: replicates.len(), warnings })
}

/// Fits the loss step with a floor, by relative residuals.
///
/// # Errors
/// Fewer than six points, numbers that are not positive, or no convergence.
pub fn floor_step(points: &[LossPoint], resampling: Resampling) -> Result<Fitted<FloorLaw>, FitError> {
    positive_points(points)?;
    let fit = minimise(&FloorStep(points), &floor_starts(points))?;
    let residuals = FloorStep(points).residuals(&fit.parameters);
    let replicates = resampled(&fit, &residuals, resampling, |noise, start| {
        let fitted = points.iter().zip(&residuals).map(|(x, r)| x.loss * (1.0 + r));
        let moved = points.iter().zip(fitted).zip(noise).map(|((x, l), e)| LossPoint { loss: l / (1.0 + e), ..*x });
        let moved: Vec<LossPoint> = moved.collect();
        minimise(&FloorStep(&moved), start).ok().map(|f| floor_coefficients(&f.parameters).to_vec())
    });
    let at = floor_coefficients(&fit.parameters);
    let coefficients = intervals(["e", "a", "alpha", "b", "beta"], &at, &replicates);
    let mut warnings = general_warnings(&fit);
    let mean = |of: fn(&LossPoint) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let design = design_correlation(points, mean(|x| x.params.ln()), mean(|x| x.tokens.ln()));
    warnings.extend(indistinct(&fit, [2, 4], design));
    let law = searched_law(&fit.parameters);
    Ok(Fitted { law, coefficients, fit, points: points.len(), resamples: replicates.len(), warnings })
}

fn positive_points(points: &[LossPoint]) -> Result<(), FitError> {
    let whole = |x: &LossPoint| [x.params, x.tokens, x.loss].iter().all(|v| v.is_finite() && *v > 0.0);
    points.iter().position(|x| !whole(x)).map_or(Ok(()), |row| Err(FitError::NotFinite { row }))
}

/// What speaks against reading α and β, which stand at `exponents` of the search, off a fit.
fn indistinct(fit: &Fit, exponents: [usize; 2], design_correlation: f64) -> Option<String> {
    let [alpha, beta] = exponents;
    let mut reasons = Vec::new();
    match fit.correlation(alpha, beta) {
        Some(r) if r.abs() > INDISTINCT_CORRELATION => reasons.push(format!("their correlation is {r:.3}")),
        Some(_) => {}
        None => reasons.push("their covariance does not exist".to_owned()),
    }
    if fit.condition_number > ILL_CONDITIONED {
        reasons.push(format!("the condition number is {:.0}", fit.condition_number));
    }
    let inflation = 1.0 / (1.0 - design_correlation.powi(2));
    if inflation > LARGEST_INFLATION {
        reasons.push(format!(
            "ln N and ln D of the points correlate by {design_correlation:.3} (variance inflation {inflation:.1})"
        ));
    }
    if let Some(rival) = &fit.rival {
        reasons.push(format!(
            "alpha {:.3} and beta {:.3} fit within the noise too (sum of squares {:.2} times the least)",
            rival.parameters[alpha],
            rival.parameters[beta],
            rival.residual_squares / fit.residual_squares
        ));
    }
    (!reasons.is_empty()).then(|| {
        format!(
            "alpha and beta cannot be told apart from these points: {}; other exponents fit as well and extrapolate \
             elsewhere (vary the tokens at fixed size, or keep the recovered coefficients)",
            reasons.join(", ")
        )
    })
}

fn design_correlation(points: &[LossPoint], ln_n: f64, ln_d: f64) -> f64 {
    let (mut nn, mut dd, mut nd) = (0.0, 0.0, 0.0);
    for point in points {
        let (n, d) = (point.params.ln() - ln_n, point.tokens.ln() - ln_d);
        nn += n * n;
        dd += d * d;
        nd += n * d;
    }
    nd / (nn * dd).sqrt()
}

/// Fits the performance step by Levenberg–Marquardt from many starts, with d ≥ 0.
///
/// With `anchored`, the point (loss 0, score 100 %) is added: a model that is certain of every answer makes no mistake.
/// The paper's drawn curves are exactly this fit to the points whose role is `fit`; without the anchor the upper
/// bound hangs on the best model alone.
///
/// # Errors
/// Fewer than five points, numbers that are not finite, or no convergence.
pub fn performance_step(
    points: &[ScorePoint],
    anchored: bool,
    resampling: Resampling,
) -> Result<Fitted<ScoreLaw>, FitError> {
    if let Some(row) = points.iter().position(|x| !(x.loss.is_finite() && x.percent.is_finite())) {
        return Err(FitError::NotFinite { row });
    }
    let mut all = points.to_vec();
    if anchored {
        all.push(ScorePoint { loss: 0.0, percent: 100.0 });
    }
    let (lowest, highest) = range(points.iter().map(|x| x.percent));
    let (small, large) = range(points.iter().map(|x| x.loss));
    let mut starts = Vec::new();
    for gamma in [-10.0, -20.0, -40.0, -80.0] {
        for part in [0.2, 0.4, 0.6] {
            for c in [highest - lowest, 100.0 - lowest] {
                starts.push(vec![c, gamma, small + part * (large - small), lowest.max(0.0)]);
            }
        }
    }
    let fit = fit_score(&all, &starts)?;
    let residuals = ScoreStep { points: &all }.residuals(&fit.parameters);
    let replicates = resampled(&fit, &residuals, resampling, |noise, start| {
        let mut moved: Vec<ScorePoint> = all
            .iter()
            .zip(&residuals)
            .zip(noise)
            .map(|((x, r), e)| ScorePoint { percent: x.percent + r + e, ..*x })
            .collect();
        if anchored && let Some(anchor) = moved.last_mut() {
            anchor.percent = 100.0;
        }
        let mut start = start.to_vec();
        start[0].resize(4, 0.0);
        fit_score(&moved, &start).ok().map(|f| score_coefficients(&f.parameters))
    });
    let coefficients = intervals(["c", "gamma", "l", "d"], &score_coefficients(&fit.parameters), &replicates);
    let mut warnings = general_warnings(&fit);
    if fit.parameters.len() == 3 {
        warnings.push("the lower bound d would be negative and is held at 0".to_owned());
    }
    let law = score_law(&fit.parameters);
    Ok(Fitted { law, coefficients, fit, points: points.len(), resamples: replicates.len(), warnings })
}

/// Fits all four; where d would be negative, fits the other three at d = 0.
fn fit_score(points: &[ScorePoint], starts: &[Vec<f64>]) -> Result<Fit, FitError> {
    let step = ScoreStep { points };
    let held: Vec<Vec<f64>> = starts.iter().map(|start| start[..3].to_vec()).collect();
    match minimise(&step, starts) {
        Ok(fit) if fit.parameters[3] >= 0.0 => Ok(fit),
        Ok(_) | Err(FitError::NoConvergence { .. }) => minimise(&step, &held),
        Err(error) => Err(error),
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

fn general_warnings(fit: &Fit) -> Vec<String> {
    let mut warnings = Vec::new();
    if fit.covariance.is_none() {
        warnings.push("the covariance does not exist: the points leave a combination of coefficients free".to_owned());
    }
    if fit.agreeing_starts < 2 {
        warnings.push(format!("only one of {} starts reached this minimum: it may be a local one", fit.starts));
    }
    warnings
}

/// Refits with residuals drawn with replacement, inflated by √(n / degrees of freedom) to the scatter s.
fn resampled(
    fit: &Fit,
    residuals: &[f64],
    resampling: Resampling,
    refit: impl Fn(&[f64], &[Vec<f64>]) -> Option<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let n = residuals.len();
    let inflation = (n as f64 / fit.degrees_of_freedom as f64).sqrt();
    let start = [fit.parameters.clone()];
    (0..resampling.resamples)
        .filter_map(|_| {
            let noise: Vec<f64> = (0..n).map(|_| residuals[rng.random_range(0..n)] * inflation).collect();
            refit(&noise, &start)
        })
        .collect()
}

/// Percentile intervals of each coefficient; open on both sides without replicates.
fn intervals<const N: usize>(
    names: [&'static str; N],
    at: &[f64],
    replicates: &[Vec<f64>],
) -> Vec<(&'static str, Estimate)> {
    let tail = (1.0 - LEVEL) / 2.0;
    names
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let drawn = Sample::new(replicates.iter().map(|r| r[i]).collect()).ok();
            let end = |probability| drawn.as_ref().map(|drawn| drawn.quantile(probability));
            let (low, high) = (end(tail), end(1.0 - tail));
            (name, Estimate { point: at[i], low, high, level: LEVEL, method: METHOD.into() })
        })
        .collect()
}
