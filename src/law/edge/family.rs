//! The family: the curve through the ladder's mean of eight tasks, and how far it may be off.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::super::fit::{LossPoint, Resampling};
use super::curve::EdgeCurve;
use super::ladder::{
    AccuracyFit, LadderRun, LossFit, accuracy_fit, accuracy_fit_of, accuracy_points, loss_fit, loss_fit_of,
};
use crate::stat::least_squares::{Fit, FitError};
use crate::unit::{ClozeTask, Params};

/// The resampling behind the shipped family: the spread of 200 refits is known to 5 %.
pub const RESAMPLING: Resampling = Resampling { resamples: 200, seed: 15 };

/// A number for each of the two ways to effective parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByRoute {
    /// By the accuracy of the eight tasks.
    pub accuracy: f64,
    /// By their bits per byte.
    pub bits_per_byte: f64,
}

/// The curve of the mean of the eight tasks, with its doubt.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeFamily {
    /// The loss step.
    pub loss: LossFit,
    /// The score step.
    pub accuracy: AccuracyFit,
    /// Curves fitted to resampled residuals.
    pub replicates: Vec<EdgeCurve>,
    /// Root mean square error of ln N over the rungs, each read off the curve without its size, at its own tokens.
    pub left_out: ByRoute,
}

impl EdgeFamily {
    /// Fits both steps, resamples their residuals, and leaves each size out once.
    ///
    /// # Errors
    /// A ladder too small, or no convergence.
    pub fn fitted(runs: &[LadderRun], resampling: Resampling) -> Result<Self, FitError> {
        let (loss, accuracy) = (loss_fit(runs, None)?, accuracy_fit(runs, None)?);
        let replicates = replicates(runs, &loss, &accuracy, resampling);
        let left_out = left_out(runs)?;
        Ok(Self { loss, accuracy, replicates, left_out })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> EdgeCurve {
        EdgeCurve { loss: self.loss.law, accuracy: self.accuracy.law }
    }

    /// Standard deviation over the resampled curves of what is read off them; `None` where most of them do not say.
    pub(super) fn spread(&self, read: impl Fn(&EdgeCurve) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.replicates.iter().filter_map(read).collect();
        if values.len() < 2 || values.len() * 2 < self.replicates.len() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Some((squares / (values.len() - 1) as f64).sqrt())
    }
}

/// Refits both steps with residuals drawn with replacement, inflated to their scatter.
fn replicates(runs: &[LadderRun], loss: &LossFit, accuracy: &AccuracyFit, resampling: Resampling) -> Vec<EdgeCurve> {
    let inflated = |fit: &Fit, residuals: Vec<f64>| -> Vec<f64> {
        let by = (residuals.len() as f64 / fit.degrees_of_freedom as f64).sqrt();
        residuals.into_iter().map(|residual| residual * by).collect()
    };
    let rungs: Vec<(LossPoint, f64)> = runs
        .iter()
        .filter(|run| run.rung)
        .map(|run| (run.loss_point(None), loss.law.loss(Params::from_count(run.params), run.tokens)))
        .collect();
    let points = accuracy_points(runs, None);
    let relative = inflated(&loss.fit, rungs.iter().map(|(point, fitted)| fitted / point.loss - 1.0).collect());
    let absolute = inflated(&accuracy.fit, points.iter().map(|(l, s)| accuracy.law.accuracy(*l) - s).collect());
    let (loss_start, accuracy_start) = ([loss.fit.parameters.clone()], [accuracy.fit.parameters.clone()]);
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut found = Vec::with_capacity(resampling.resamples);
    for _ in 0..resampling.resamples {
        let mut drawn = |of: &[f64]| of[rng.random_range(0..of.len())];
        let moved: Vec<LossPoint> = rungs
            .iter()
            .map(|(point, fitted)| LossPoint { loss: fitted / (1.0 + drawn(&relative)), ..*point })
            .collect();
        let scored: Vec<(f64, f64)> =
            points.iter().map(|(l, _)| (*l, accuracy.law.accuracy(*l) - drawn(&absolute))).collect();
        let refitted = loss_fit_of(&moved, &loss_start).and_then(|loss| {
            Ok(EdgeCurve { loss: loss.law, accuracy: accuracy_fit_of(&scored, &accuracy_start)?.law })
        });
        found.extend(refitted);
    }
    found
}

/// The error of ln N by both ways over all rungs, each read off the curve that was fitted without its size. The large
/// models stay: no rung is of their size.
fn left_out(runs: &[LadderRun]) -> Result<ByRoute, FitError> {
    let (mut accuracy, mut bits) = (Vec::new(), Vec::new());
    for size in sizes(runs) {
        let (out, kept): (Vec<LadderRun>, Vec<LadderRun>) = runs.iter().cloned().partition(|run| run.params == size);
        let curve = EdgeCurve { loss: loss_fit(&kept, None)?.law, accuracy: accuracy_fit(&kept, None)?.law };
        for run in &out {
            let error = |ln: f64| (ln - run.params.ln()).powi(2);
            accuracy.extend(curve.ln_params_of_accuracy(run.mean_accuracy(), run.tokens).map(error));
            bits.extend(curve.ln_params_of_loss(run.mean_bits(), run.tokens).map(error));
        }
    }
    let rms = |squares: &[f64]| (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    Ok(ByRoute { accuracy: rms(&accuracy), bits_per_byte: rms(&bits) })
}

/// The error of ln N by the accuracy of one task, as in [`EdgeFamily::left_out`].
///
/// # Errors
/// A ladder too small, or no convergence.
pub fn left_out_of_task(runs: &[LadderRun], task: ClozeTask) -> Result<f64, FitError> {
    let mut squares = Vec::new();
    for size in sizes(runs) {
        let (out, kept): (Vec<LadderRun>, Vec<LadderRun>) = runs.iter().cloned().partition(|run| run.params == size);
        let curve = EdgeCurve::of_task(&kept, task)?;
        let read = |run: &LadderRun| curve.ln_params_of_accuracy(run.accuracy[task as usize], run.tokens);
        squares.extend(out.iter().filter_map(|run| Some((read(run).ok()? - run.params.ln()).powi(2))));
    }
    Ok((squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
}

/// The sizes of the rungs.
#[must_use]
pub fn sizes(runs: &[LadderRun]) -> Vec<f64> {
    let mut sizes: Vec<f64> = runs.iter().filter(|run| run.rung).map(|run| run.params).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    sizes
}
