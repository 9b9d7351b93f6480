//! What was measured of a model on the eight tasks, and the mean of it.

use std::collections::BTreeMap;

use super::chance::chance;
use super::error::EdgeError;
use crate::law::noise::binomial_sd;
use crate::unit::ClozeTask;

/// One-sided 5 % quantile of the normal distribution.
const ONE_SIDED_Z: f64 = 1.644_853_626_951_472_2;

/// Spread of the bits per byte over a task's items, typical of small models: where only a mean is known, its standard
/// error is this over the root of the items.
const TYPICAL_SPREAD: f64 = 0.63;

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its sampling standard error.
    pub standard_error: f64,
}

impl Mean {
    /// Bits per byte of a task of which only the mean over so many items is known.
    #[must_use]
    pub fn typical_bits(value: f64, items: u64) -> Self {
        Self { value, standard_error: TYPICAL_SPREAD / (items as f64).sqrt() }
    }
}

/// What was measured on one task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskEvidence {
    /// Items that were answered.
    pub items: u64,
    /// Share of them right, per character.
    pub accuracy: f64,
    /// Sampling standard error of the share; `None`: that of counting.
    pub accuracy_error: Option<f64>,
    /// Bits per byte, mean over the items, where they were measured.
    pub bits_per_byte: Option<Mean>,
    /// The same, made more certain by a control variate, where there is one.
    pub bits_controlled: Option<Mean>,
    /// What guessing scores, as a share.
    pub chance: f64,
}

impl TaskEvidence {
    /// An accuracy on so many items of a task.
    #[must_use]
    pub const fn counted(task: ClozeTask, accuracy: f64, items: u64) -> Self {
        Self { items, accuracy, accuracy_error: None, bits_per_byte: None, bits_controlled: None, chance: chance(task) }
    }

    fn standard_error(&self) -> f64 {
        self.accuracy_error.unwrap_or_else(|| binomial_sd(100.0 * self.accuracy, self.items) / 100.0)
    }
}

/// What was measured of a model, by task.
pub type Evidence = BTreeMap<ClozeTask, TaskEvidence>;

/// The mean accuracy of the eight, each with the same weight.
///
/// # Errors
/// A task that is missing or measured on nothing, what is no share, or a mean that cannot be told from chance.
pub fn mean_accuracy(evidence: &Evidence) -> Result<Mean, EdgeError> {
    let (mut sum, mut chances, mut variance) = (0.0, 0.0, 0.0);
    for task in ClozeTask::ALL {
        let found = evidence.get(&task).ok_or(EdgeError::MissingTask(task))?;
        let (accuracy, error) = (found.accuracy, found.standard_error());
        if found.items == 0 {
            return Err(EdgeError::NoItems(task));
        }
        if !(0.0..=1.0).contains(&accuracy) {
            return Err(EdgeError::NoShare { task, accuracy });
        }
        checked(task, "the standard error of the accuracy", error)?;
        sum += accuracy;
        chances += found.chance;
        variance += error * error;
    }
    let count = ClozeTask::ALL.len() as f64;
    let mean = Mean { value: sum / count, standard_error: variance.sqrt() / count };
    let chance = chances / count;
    if mean.value - chance < ONE_SIDED_Z * mean.standard_error {
        return Err(EdgeError::AtChance { mean: mean.value, chance, standard_error: mean.standard_error });
    }
    Ok(mean)
}

/// Tasks of the eight whose bits per byte a control variate makes more certain.
#[must_use]
pub fn controlled_tasks(evidence: &Evidence) -> usize {
    evidence.values().filter(|found| found.bits_controlled.is_some()).count()
}

/// The mean bits per byte of the eight, each with the same weight; made more certain by a control variate where there is one.
///
/// # Errors
/// A task without, or a number that is not above zero.
pub fn mean_bits(evidence: &Evidence) -> Result<Mean, EdgeError> {
    let (mut sum, mut variance) = (0.0, 0.0);
    for task in ClozeTask::ALL {
        let found = evidence.get(&task).ok_or(EdgeError::MissingTask(task))?;
        let bits = found.bits_controlled.or(found.bits_per_byte).ok_or(EdgeError::MissingBits(task))?;
        sum += checked(task, "the bits per byte", bits.value)?;
        variance += checked(task, "the standard error of the bits per byte", bits.standard_error)?.powi(2);
    }
    let count = ClozeTask::ALL.len() as f64;
    Ok(Mean { value: sum / count, standard_error: variance.sqrt() / count })
}

fn checked(task: ClozeTask, what: &'static str, value: f64) -> Result<f64, EdgeError> {
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(EdgeError::NotPositive { task, what, value }) }
}
