//! The one way from scores to a density, each with the doubt that its score brings.

use super::cost::Cost;
use super::inputs::Inputs;
use crate::law::capability::{Capability, of_scores};
use crate::law::density::{Density, EffectiveParams, Size, by_memory, by_params, by_time};
use crate::law::impute::ImputeError;
use crate::law::noise::{Sampling, counting_sd, full_test_sets, published_sd};
use crate::law::reference::ReferenceError;
use crate::published::releases::{Release, ReleaseKind};
use crate::stat::Estimate;
use crate::unit::{Params, Scores};

/// A model's scores with what stands behind each, in the order of `Benchmark::ALL`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelScores {
    /// Scores in percent, with gaps.
    pub percent: Scores,
    /// Items that were answered; `None` for the full test set.
    pub items: [Option<u64>; 5],
    /// Standard deviation that the engine itself adds to the score, in points; `None` where it was not measured.
    pub engine_sd: [Option<f64>; 5],
}

impl ModelScores {
    /// Scores on the full test sets.
    #[must_use]
    pub const fn published(percent: Scores) -> Self {
        Self { percent, items: [None; 5], engine_sd: [None; 5] }
    }

    fn sampling(&self) -> Sampling {
        let full = full_test_sets();
        Sampling {
            items: std::array::from_fn(|at| self.items[at].unwrap_or(full[at])),
            engine_sd: self.engine_sd.map(|sd| sd.unwrap_or(0.0)),
        }
    }
}

/// What a model's parameters cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelSize {
    /// Parameters that count.
    pub params: Params,
    /// Parameters used per token; `None` where a mixture's are not known.
    pub active: Option<Params>,
    /// Bits per weight.
    pub bits: f64,
}

impl ModelSize {
    /// A 16-bit model.
    #[must_use]
    pub const fn sixteen_bit(params: Params, active: Option<Params>) -> Self {
        Self { params, active, bits: 16.0 }
    }

    /// A release in 16 bits by all its parameters.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        Self::sixteen_bit(release.params, active(release))
    }
}

/// The active parameters of a release: all of a dense one, `None` where a mixture's are not known.
#[must_use]
pub fn active(release: &Release) -> Option<Params> {
    release.active_params.or((release.kind != ReleaseKind::Moe).then_some(release.params))
}

/// Whose scores are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluators {
    /// Different ones: the spread between evaluators counts.
    Many,
    /// One and the same, whose leaning is common to all its scores and cancels in their differences.
    One,
}

/// The densities of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Densities {
    /// By parameters.
    pub by_params: Estimate<Density>,
    /// By inference time; `None` where the active parameters are not known.
    pub by_time: Option<Estimate<Density>>,
    /// By memory.
    pub by_memory: Estimate<Density>,
}

impl Densities {
    /// Of a model of this size.
    ///
    /// # Errors
    /// A size, chip or request with a number that is not positive.
    pub fn of(
        inputs: &Inputs<'_>,
        effective: &Estimate<EffectiveParams>,
        model: ModelSize,
    ) -> Result<Self, ReferenceError> {
        Self::at(&inputs.cost, effective, model)
    }

    /// Of a model of this size, on this chip.
    ///
    /// # Errors
    /// As [`Densities::of`].
    pub fn at(cost: &Cost, effective: &Estimate<EffectiveParams>, model: ModelSize) -> Result<Self, ReferenceError> {
        let ModelSize { params, active, bits } = model;
        let size = Size { total: params, active: active.unwrap_or(params), bits };
        let (chip, workload) = (cost.chip(), cost.workload());
        Ok(Self {
            by_params: by_params(effective, params)?,
            by_time: active.map(|_| by_time(effective, size, chip, workload)).transpose()?,
            by_memory: by_memory(effective, size)?,
        })
    }
}

/// A model's capability and its densities.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    /// What its scores say.
    pub capability: Capability,
    /// What that makes of its size.
    pub densities: Densities,
    scores: ModelScores,
}

/// The capability and the densities of a model.
///
/// # Errors
/// Scores at chance, outside the curve's range, or too few to impute the others from; a size that is not positive.
pub fn from_scores(inputs: &Inputs<'_>, scores: &ModelScores, size: ModelSize) -> Result<Assessed, ImputeError> {
    let capability = of_scores(inputs.family, inputs.d0, &scores.percent, scores.sampling(), inputs.complete)?;
    let densities = Densities::of(inputs, &capability.effective, size)?;
    Ok(Assessed { capability, densities, scores: *scores })
}

impl Assessed {
    /// Standard deviation of ln ρ: counting, evaluators and imputation, carried through the curve's slope.
    ///
    /// # Errors
    /// A mean outside the curve's range.
    pub fn ln_deviation(&self, inputs: &Inputs<'_>, evaluators: Evaluators) -> Result<f64, ReferenceError> {
        let (mean, scores) = (&self.capability.mean, &self.scores);
        let noise = match evaluators {
            Evaluators::Many => published_sd(&scores.percent, &mean.weights, &scores.sampling()),
            Evaluators::One => counting_sd(&scores.percent, &mean.weights, &scores.sampling()),
        };
        Ok(inputs.family.average.log_slope(mean.percent, inputs.d0)? * noise.hypot(mean.prediction_sd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::noise::{binomial_sd, evaluator_sd};
    use crate::published::Library;
    use crate::unit::Benchmark;

    const PERCENT: [f64; 5] = [45.0, 38.0, 12.0, 30.0, 40.0];

    /// The half width of the mean's interval, in points.
    fn half(scores: &ModelScores) -> f64 {
        let size = ModelSize::sixteen_bit(Params::from_count(1e9), Some(Params::from_count(1e9)));
        let found = from_scores(&Inputs::of(Library::shipped()), scores, size).unwrap().capability.score;
        found.high.unwrap() - found.point
    }

    #[test]
    fn a_hundred_items_give_the_interval_that_a_hundred_items_deserve() {
        let full = ModelScores::published(Scores::from_percent(PERCENT.map(Some)).unwrap());
        let hundred = ModelScores { items: [Some(100); 5], ..full };
        // Closed form: a fifth of the root of the summed variances, each counting error beside evaluator spread.
        let variance = |benchmark: Benchmark, items: u64, engine: f64| {
            let counting = binomial_sd(PERCENT[benchmark as usize], items);
            counting.powi(2) + evaluator_sd(benchmark).powi(2) + engine.powi(2)
        };
        let closed = |items: &dyn Fn(Benchmark) -> u64, engine: f64| {
            let sum: f64 = Benchmark::ALL.into_iter().map(|b| variance(b, items(b), engine)).sum();
            1.959_963_984_540_054 * sum.sqrt() / 5.0
        };
        approx::assert_relative_eq!(half(&full), closed(&Benchmark::items, 0.0), max_relative = 1e-12);
        approx::assert_relative_eq!(half(&hundred), closed(&|_| 100, 0.0), max_relative = 1e-12);
        assert!(half(&hundred) > 1.5 * half(&full), "{} {}", half(&hundred), half(&full));
        let noisy = ModelScores { engine_sd: [Some(2.0); 5], ..hundred };
        approx::assert_relative_eq!(half(&noisy), closed(&|_| 100, 2.0), max_relative = 1e-12);
    }
}
