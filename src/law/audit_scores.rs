//! Evidence from scores: the same items answered by both models, carried through the reference curve.

use std::rc::Rc;

use super::capability::{self, Capability};
use super::evidence::Evidence;
use super::family::ReferenceFamily;
use super::impute::{ImputeError, MeanPredictor};
use super::paired_scores::{Design, LnSize, Pairs, percent, ratio};
use super::reference::ReferenceCurve;
use crate::stat::bootstrap::BootstrapError;
use crate::unit::benchmark::ScoreError;
use crate::unit::{Benchmark, Scores};

/// Answers of both models to the items of one task, (original, compressed).
#[derive(Debug, Clone, PartialEq)]
pub struct TaskAnswers {
    /// The task.
    pub benchmark: Benchmark,
    /// Whether each item was answered right.
    pub pairs: Vec<(bool, bool)>,
}

/// What turns scores into effective parameters.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The reference curves.
    pub family: &'a ReferenceFamily,
    /// Tokens at which they are read.
    pub d0: f64,
    /// Complete releases, for missing scores.
    pub releases: &'a [Scores],
}

/// Why scores give no evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreEvidenceError {
    /// The original has no density.
    #[error(transparent)]
    Impute(#[from] ImputeError),
    /// Scores that are none.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Nothing to resample.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
}

/// Both capabilities and the evidence on their ratio.
#[derive(Debug)]
pub struct Compared {
    /// The original.
    pub original: Capability,
    /// The compressed model, or why it has no effective parameters.
    pub compressed: Result<Capability, ImputeError>,
    /// The logarithm of effective parameters, compressed over original.
    pub evidence: Evidence,
}

fn scores(tasks: &[TaskAnswers], after: bool) -> Result<Scores, ScoreError> {
    let mut found = [None; 5];
    for task in tasks {
        found[task.benchmark as usize] = Some(percent(&task.pairs, after));
    }
    Scores::from_percent(found)
}

/// The capability of one side by its scores on these items.
///
/// # Errors
/// At chance, off the curve, or nothing to impute from.
pub fn capability(ground: &Ground<'_>, tasks: &[TaskAnswers], after: bool) -> Result<Capability, ScoreEvidenceError> {
    let mut items = [0; 5];
    for task in tasks {
        items[task.benchmark as usize] = task.pairs.len() as u64;
    }
    Ok(capability::of_scores(ground.family, ground.d0, &scores(tasks, after)?, &items, ground.releases)?)
}

/// ln of the effective parameters of a mean; −∞ below the curve, +∞ above it.
pub(super) fn ln_size(curve: &ReferenceCurve, d0: f64, percent: f64) -> f64 {
    match curve.effective_params(percent, d0) {
        Ok(size) if size.count() > 0.0 => size.count().ln(),
        Ok(_) => f64::NEG_INFINITY,
        Err(_) if percent < curve.score.d + curve.score.c / 2.0 => f64::NEG_INFINITY,
        Err(_) => f64::INFINITY,
    }
}

/// Compares the two models by the five-benchmark mean, with the items in pairs.
///
/// # Errors
/// The original has no effective parameters.
pub fn compare(ground: &Ground<'_>, tasks: &[TaskAnswers], design: Design) -> Result<Compared, ScoreEvidenceError> {
    let original = capability(ground, tasks, false)?;
    let compressed = match capability(ground, tasks, true) {
        Ok(found) => Ok(found),
        Err(ScoreEvidenceError::Impute(error)) => Err(error),
        Err(other) => return Err(other),
    };
    let mut ordered: Vec<&TaskAnswers> = tasks.iter().collect();
    ordered.sort_by_key(|task| task.benchmark);
    let answers: Vec<Pairs<'_>> = ordered.iter().map(|task| task.pairs.as_slice()).collect();
    let predictor = MeanPredictor::new(&scores(tasks, false)?, ground.releases)?;
    let (curve, d0) = (ground.family.average, ground.d0);
    let size: LnSize = Rc::new(move |percent| ln_size(&curve, d0, predictor.mean(percent)));
    Ok(Compared { original, compressed, evidence: ratio(&answers, &size, design)? })
}
