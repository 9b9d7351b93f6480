//! Densities of models from their scores, each with the doubt that its score brings.

use super::capability::of_scores;
use super::density::{Chip, Size, Workload, by_time};
use super::family::ReferenceFamily;
use super::impute::ImputeError;
use super::noise::{counting_sd, full_test_sets, published_sd};
use crate::unit::Scores;

/// Whose scores are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluators {
    /// Different ones: the spread between evaluators counts.
    Many,
    /// One and the same, whose leaning is common to all its scores and cancels in their differences.
    One,
}

/// A density with the standard deviation of its logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Graded {
    /// Density by inference time on the published chip; by parameters for a dense model, where the two are the same.
    pub density: f64,
    /// Standard deviation of ln ρ: counting, evaluators and imputation, carried through the curve's slope.
    pub deviation: f64,
}

/// What densities are read against.
#[derive(Debug, Clone, Copy)]
pub struct Grader<'a> {
    /// The reference family.
    pub family: &'a ReferenceFamily,
    /// Releases with all five scores, from which missing ones are imputed.
    pub complete: &'a [Scores],
}

impl Grader<'_> {
    /// The density of a 16-bit model of `size` with these scores on the full test sets.
    ///
    /// # Errors
    /// As [`of_scores`]; also a size that is not positive.
    pub fn grade(&self, scores: &Scores, size: Size, evaluators: Evaluators) -> Result<Graded, ImputeError> {
        let (items, d0) = (full_test_sets(), self.family.d0_tokens);
        let capability = of_scores(self.family, d0, scores, &items, self.complete)?;
        let density = by_time(&capability.effective, size, Chip::PUBLISHED, Workload::default())?;
        let mean = &capability.mean;
        let noise = match evaluators {
            Evaluators::Many => published_sd(scores, &mean.weights, &items),
            Evaluators::One => counting_sd(scores, &mean.weights, &items),
        };
        let slope = self.family.average.log_slope(mean.percent, d0)?;
        Ok(Graded { density: density.point.ratio(), deviation: slope * noise.hypot(mean.prediction_sd) })
    }
}
