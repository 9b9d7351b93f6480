//! Two models on the same cloze items: the difference of their scores through the edge family's curve, which is known far
//! better than either density, as the curve's own doubt and the choice of items are common to both.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::capability::{EdgeCapability, by_accuracy};
use super::curve::EdgeCurve;
use super::error::EdgeError;
use super::evidence::{Evidence as Measured, TaskEvidence};
use super::family::EdgeFamily;
use crate::law::evidence::Evidence;
use crate::law::paired_scores::{Design, LnSize, Pairs, percent, ratio};
use crate::stat::bootstrap::BootstrapError;
use crate::unit::ClozeTask;

/// Whether each item was answered right, (original, compressed), by task.
pub type Answers = BTreeMap<ClozeTask, Vec<(bool, bool)>>;

/// Why answers to cloze items give no evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ComparisonError {
    /// The original has no density in the family.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// Nothing to resample.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
}

/// Both capabilities and the evidence on their ratio.
#[derive(Debug)]
pub struct Compared {
    /// The original.
    pub original: EdgeCapability,
    /// The compressed model, or why it has no effective parameters.
    pub compressed: Result<EdgeCapability, EdgeError>,
    /// The logarithm of effective parameters, compressed over original.
    pub evidence: Evidence,
}

/// Compares two models by the mean of the eight tasks at `d0` tokens, with the items in pairs.
///
/// # Errors
/// A task that is missing; an original that has no effective parameters.
pub fn compare(family: &EdgeFamily, d0: f64, answers: &Answers, design: Design) -> Result<Compared, ComparisonError> {
    let side = |after: bool| -> Measured {
        let counted = |(task, pairs): (&ClozeTask, &Vec<(bool, bool)>)| {
            let accuracy = percent(pairs, after) / 100.0;
            (*task, TaskEvidence::counted(*task, accuracy, pairs.len() as u64))
        };
        answers.iter().map(counted).collect()
    };
    let original = by_accuracy(family, d0, &side(false))?;
    let compressed = by_accuracy(family, d0, &side(true));
    let tasks: Vec<Pairs<'_>> = answers.values().map(Vec::as_slice).collect();
    let curve = family.curve();
    let size: LnSize = Rc::new(move |scores| ln_size(&curve, d0, scores));
    Ok(Compared { original, compressed, evidence: ratio(&tasks, &size, design)? })
}

/// ln N̂ of the mean of scores in percent; −∞ below the curve, +∞ above it.
fn ln_size(curve: &EdgeCurve, d0: f64, scores: &[f64]) -> f64 {
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64 / 100.0;
    match curve.ln_params_of_accuracy(mean, d0) {
        Ok(ln) => ln,
        Err(EdgeError::AccuracyAtOrBelowFloor { .. }) => f64::NEG_INFINITY,
        Err(_) => f64::INFINITY,
    }
}
