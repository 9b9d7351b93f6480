//! The runs of the ladder, and the curves fitted through them.

use super::super::fit::LossPoint;
use super::super::fit::floor::{FloorStep, floor_starts, searched_law};
use super::curve::{AccuracyLaw, EdgeCurve};
use super::floor_law::FloorLaw;
use crate::stat::least_squares::{Fit, FitError, Residuals, minimise};
use crate::unit::ClozeTask;

/// One trained reference model on the eight tasks, each in the order of [`ClozeTask::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct LadderRun {
    /// Name of the run.
    pub model: String,
    /// Whether it is a rung of the ladder; else one of the large models, which only the score step uses.
    pub rung: bool,
    /// Parameters without the input embedding table (count).
    pub params: f64,
    /// Training tokens (count).
    pub tokens: f64,
    /// Bits per byte by task.
    pub bits_per_byte: [f64; 8],
    /// Accuracy per character by task, as a share.
    pub accuracy: [f64; 8],
}

fn mean(of: &[f64; 8]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

impl LadderRun {
    /// Mean bits per byte of the eight.
    #[must_use]
    pub fn mean_bits(&self) -> f64 {
        mean(&self.bits_per_byte)
    }

    /// Mean accuracy of the eight.
    #[must_use]
    pub fn mean_accuracy(&self) -> f64 {
        mean(&self.accuracy)
    }

    /// As a point of the loss step: of one task, or of the mean of the eight.
    #[must_use]
    pub fn loss_point(&self, task: Option<ClozeTask>) -> LossPoint {
        let loss = task.map_or_else(|| self.mean_bits(), |task| self.bits_per_byte[task as usize]);
        LossPoint { params: self.params, tokens: self.tokens, loss }
    }
}

/// A loss step through the rungs.
#[derive(Debug, Clone, PartialEq)]
pub struct LossFit {
    /// The law.
    pub law: FloorLaw,
    /// The search, in (e, ln a, α, ln b, β).
    pub fit: Fit,
    /// Root mean square of the relative residuals.
    pub rms: f64,
}

/// Fits the loss step by relative least squares to the rungs, on one task or on the mean of the eight.
///
/// # Errors
/// Too few runs, or no convergence.
pub fn loss_fit(runs: &[LadderRun], task: Option<ClozeTask>) -> Result<LossFit, FitError> {
    let points: Vec<LossPoint> = runs.iter().filter(|run| run.rung).map(|run| run.loss_point(task)).collect();
    loss_fit_of(&points, &floor_starts(&points))
}

/// Fits the loss step from given starts.
pub(super) fn loss_fit_of(points: &[LossPoint], starts: &[Vec<f64>]) -> Result<LossFit, FitError> {
    let fit = minimise(&FloorStep(points), starts)?;
    let rms = (fit.residual_squares / points.len() as f64).sqrt();
    Ok(LossFit { law: searched_law(&fit.parameters), fit, rms })
}

/// A score step through the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyFit {
    /// The law.
    pub law: AccuracyLaw,
    /// The search, in (c, γ, l, d), or in (γ, l, d) where c had to be held.
    pub fit: Fit,
    /// Root mean square of the residuals, as a share.
    pub rms: f64,
}

/// (loss, accuracy) of each run, on one task or on the mean of the eight.
pub(super) fn accuracy_points(runs: &[LadderRun], task: Option<ClozeTask>) -> Vec<(f64, f64)> {
    let point = |run: &LadderRun| match task {
        None => (run.mean_bits(), run.mean_accuracy()),
        Some(task) => (run.bits_per_byte[task as usize], run.accuracy[task as usize]),
    };
    runs.iter().map(point).collect()
}

/// Fits the score step by least squares to all runs, the large models among them: without these the upper bound, and
/// with it the slope at the lower end, hangs on the best rungs alone.
///
/// # Errors
/// Too few runs, or no convergence.
pub fn accuracy_fit(runs: &[LadderRun], task: Option<ClozeTask>) -> Result<AccuracyFit, FitError> {
    let points = accuracy_points(runs, task);
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(of);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let ((least, most), (lowest, _)) = (ends(|p| p.0), ends(|p| p.1));
    let mut starts = Vec::new();
    for gamma in [2.0, 4.0, 8.0] {
        for part in [0.1, 0.4] {
            starts.push(vec![0.6, gamma, least + part * (most - least), lowest - 0.03]);
        }
    }
    accuracy_fit_of(&points, &starts)
}

impl EdgeCurve {
    /// The curve of one task alone, fitted to a ladder.
    ///
    /// # Errors
    /// Too few runs, or no convergence.
    pub fn of_task(runs: &[LadderRun], task: ClozeTask) -> Result<Self, FitError> {
        Ok(Self { loss: loss_fit(runs, Some(task))?.law, accuracy: accuracy_fit(runs, Some(task))?.law })
    }
}

/// Fits the score step from given starts. Where the points hardly bend, c runs away with l; c + d, what a model that is
/// always right would score, is then held at 1.
pub(super) fn accuracy_fit_of(points: &[(f64, f64)], starts: &[Vec<f64>]) -> Result<AccuracyFit, FitError> {
    let step = AccuracyStep(points);
    let fit = match minimise(&step, starts) {
        Err(FitError::NoConvergence { .. }) => {
            let held: Vec<Vec<f64>> = starts.iter().map(|start| start[start.len() - 3..].to_vec()).collect();
            minimise(&step, &held)?
        }
        other => other?,
    };
    let rms = (fit.residual_squares / points.len() as f64).sqrt();
    Ok(AccuracyFit { law: accuracy_law(&fit.parameters), fit, rms })
}

fn accuracy_law(p: &[f64]) -> AccuracyLaw {
    match p {
        [gamma, l, d] => AccuracyLaw { c: 1.0 - d, gamma: *gamma, l: *l, d: *d },
        _ => AccuracyLaw { c: p[0], gamma: p[1], l: p[2], d: p[3] },
    }
}

/// Searches in (c, γ, l, d), or in (γ, l, d) with c = 1 − d.
struct AccuracyStep<'a>(&'a [(f64, f64)]);

impl Residuals for AccuracyStep<'_> {
    fn points(&self) -> usize {
        self.0.len()
    }

    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let law = accuracy_law(p);
        self.0.iter().map(|(loss, accuracy)| law.accuracy(*loss) - accuracy).collect()
    }

    fn gradient(&self, point: usize, p: &[f64]) -> Vec<f64> {
        let AccuracyLaw { c, gamma, l, .. } = accuracy_law(p);
        let loss = self.0[point].0;
        let sigmoid = 1.0 / (1.0 + (gamma * (loss - l)).exp());
        let slope = c * sigmoid * (1.0 - sigmoid);
        let (by_gamma, by_l) = (-slope * (loss - l), slope * gamma);
        if p.len() == 3 { vec![by_gamma, by_l, 1.0 - sigmoid] } else { vec![sigmoid, by_gamma, by_l, 1.0] }
    }
}
