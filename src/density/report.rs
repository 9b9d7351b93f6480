//! The document of one density.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::from_scores::{Assessed, Densities, ModelScores, ModelSize};
use super::inputs::Inputs;
use super::reference_family::DensityFamily;
use crate::law::capability::{self, Capability, LARGEST_SPREAD};
use crate::law::density::{Density, EffectiveParams, ParamBasis};
use crate::law::impute::ImputeError;
use crate::law::reference::{ConditionalLoss, LossKind, LossUnit};
use crate::stat::Estimate;
use crate::unit::{Benchmark, Params, Scores};

/// Effective parameters and capability density of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DensityReport {
    /// The family of the curve; documents from before there were two are of the first.
    #[serde(default)]
    pub family: DensityFamily,
    /// The release, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The loss, where that was given in place of scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<GivenLoss>,
    /// Scores in percent by benchmark.
    #[serde(default)]
    pub scores: Scores,
    /// Their mean; null with `reason`.
    pub score: Option<f64>,
    /// The mean with its interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_interval: Option<Estimate>,
    /// Benchmarks whose score was imputed.
    #[serde(default)]
    pub imputed: Vec<Benchmark>,
    /// What was imputed, and from what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imputation: Option<Imputation>,
    /// The reference curve.
    pub reference: String,
    /// Tokens of pre-training of the reference family.
    pub d0_tokens: f64,
    /// Parameters of the model.
    pub params: Params,
    /// Parameters used per token; null where a mixture's are not known.
    #[serde(default)]
    pub active_params: Option<Params>,
    /// Bits per weight.
    #[serde(default)]
    pub bits: Option<f64>,
    /// Which parameters count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<ParamBasis>,
    /// What the reference family would need for the same score.
    pub effective_params: Option<Estimate<EffectiveParams>>,
    /// Effective over actual parameters.
    pub density: Option<Estimate<Density>>,
    /// The same at equal inference time.
    #[serde(default)]
    pub density_by_time: Option<Estimate<Density>>,
    /// Why there is none by inference time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_by_time_reason: Option<String>,
    /// The same at equal memory.
    #[serde(default)]
    pub density_by_memory: Option<Estimate<Density>>,
    /// The chip and the request of the density by inference time.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Sizes by each benchmark's own curve: a diagnostic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_benchmark: Option<BenchmarkSizes>,
    /// Whether the scores were measured or published, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_basis: Option<String>,
    /// Why there is no density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A loss as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GivenLoss {
    /// The value.
    pub value: f64,
    /// What it was taken over.
    pub kind: LossKind,
    /// Its unit.
    pub unit: LossUnit,
    /// Its standard error.
    pub standard_error: f64,
}

/// The imputed part of a mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Imputation {
    /// The imputed scores in percent.
    pub scores: BTreeMap<Benchmark, f64>,
    /// Root mean square error when each complete release is left out in turn, in points of the mean.
    pub leave_one_out_rmse: Option<f64>,
    /// Complete releases behind the regression.
    pub complete_releases: usize,
}

/// Sizes by each benchmark's own curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BenchmarkSizes {
    /// By benchmark.
    pub sizes: BTreeMap<Benchmark, BenchmarkSize>,
    /// Largest over smallest.
    pub spread: Option<f64>,
    /// Their geometric mean; null with `reason`.
    pub point: Option<EffectiveParams>,
    /// Why there is no mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The size by one benchmark's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BenchmarkSize {
    /// Effective parameters; null with `reason`.
    pub effective_params: Option<EffectiveParams>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl DensityReport {
    /// The document of scores, or of the reason why they give no density.
    #[must_use]
    pub fn of_scores(
        inputs: &Inputs<'_>,
        scores: &ModelScores,
        size: ModelSize,
        assessed: Result<&Assessed, &ImputeError>,
    ) -> Self {
        let mut report = Self {
            scores: scores.percent,
            score: scores.percent.five_mean(),
            imputed: scores.percent.missing(),
            per_benchmark: Some(BenchmarkSizes::of(inputs, &scores.percent)),
            ..Self::empty(inputs, "average", size)
        };
        match assessed {
            Err(error) => report.reason = Some(error.to_string()),
            Ok(Assessed { capability, densities, .. }) => {
                report.score = Some(capability.mean.percent);
                report.score_interval = Some(capability.score.clone());
                report.imputation = Imputation::of(capability);
                report.fill(&capability.effective, densities);
                if densities.by_time.is_none() {
                    report.density_by_time_reason =
                        Some("the active parameters of this mixture are not known".to_owned());
                }
            }
        }
        report
    }

    /// The document of a loss on a curve.
    #[must_use]
    pub fn of_loss(
        inputs: &Inputs<'_>,
        curve: &str,
        loss: ConditionalLoss,
        standard_error: f64,
        size: ModelSize,
        effective: &Estimate<EffectiveParams>,
        densities: &Densities,
    ) -> Self {
        let ConditionalLoss { value, kind, unit } = loss;
        let mut report =
            Self { loss: Some(GivenLoss { value, kind, unit, standard_error }), ..Self::empty(inputs, curve, size) };
        report.fill(effective, densities);
        report
    }

    fn empty(inputs: &Inputs<'_>, curve: &str, size: ModelSize) -> Self {
        Self {
            family: DensityFamily::Xiao2025,
            model: None,
            loss: None,
            scores: Scores::default(),
            score: None,
            score_interval: None,
            imputed: Vec::new(),
            imputation: None,
            reference: format!("{}/{curve}", inputs.family.id),
            d0_tokens: inputs.d0,
            params: size.params,
            active_params: size.active,
            bits: Some(size.bits),
            basis: None,
            effective_params: None,
            density: None,
            density_by_time: None,
            density_by_time_reason: None,
            density_by_memory: None,
            cost: Some(inputs.cost.clone()),
            per_benchmark: None,
            score_basis: None,
            reason: None,
        }
    }

    fn fill(&mut self, effective: &Estimate<EffectiveParams>, densities: &Densities) {
        self.effective_params = Some(effective.clone());
        self.density = Some(densities.by_params.clone());
        self.density_by_time.clone_from(&densities.by_time);
        self.density_by_memory = Some(densities.by_memory.clone());
    }
}

impl Imputation {
    fn of(capability: &Capability) -> Option<Self> {
        let mean = &capability.mean;
        (!mean.imputed.is_empty()).then(|| Self {
            scores: mean.imputed.iter().copied().zip(mean.imputed_percent.iter().copied()).collect(),
            leave_one_out_rmse: mean.leave_one_out_rmse,
            complete_releases: mean.complete_releases,
        })
    }
}

impl BenchmarkSizes {
    fn of(inputs: &Inputs<'_>, scores: &Scores) -> Self {
        let own = capability::per_benchmark(inputs.family, inputs.d0, scores);
        let size = |size: Result<EffectiveParams, _>| match size {
            Ok(size) => BenchmarkSize { effective_params: Some(size), reason: None },
            Err(error) => BenchmarkSize { effective_params: None, reason: Some(ToString::to_string(&error)) },
        };
        let reason = own.typical.is_none().then(|| match own.spread {
            Some(spread) => format!(
                "the sizes by single benchmarks differ {spread:.0}-fold, more than {LARGEST_SPREAD}: a diagnostic, no point value"
            ),
            None => "fewer than two benchmarks have a size of their own".to_owned(),
        });
        Self {
            sizes: own.sizes.into_iter().map(|(benchmark, found)| (benchmark, size(found))).collect(),
            spread: own.spread,
            point: own.typical,
            reason,
        }
    }
}
