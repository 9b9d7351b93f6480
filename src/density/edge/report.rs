//! The document of one density by the edge family.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::inputs::EdgeInputs;
use super::ladder_curve::LadderCurve;
use super::size::{EdgeSize, ParamsDefinition};
use crate::density::cost::Cost;
use crate::density::from_scores::Densities;
use crate::density::reference_family::DensityFamily;
use crate::law::density::{Density, EffectiveParams};
use crate::law::edge::CLAIM;
use crate::law::edge::capability::{EdgeCapability, Uncertainty, by_accuracy, by_bits_per_byte};
use crate::law::edge::error::EdgeError;
use crate::law::edge::evidence::Evidence;
use crate::law::edge::routes::disagreement;
use crate::stat::Estimate;
use crate::unit::{ClozeTask, Params};

/// Effective parameters and density of one model by the edge family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EdgeDensityReport {
    /// The family: `edge`.
    pub family: DensityFamily,
    /// The reference curve.
    pub reference: String,
    /// Tokens of pre-training of the reference family.
    pub d0_tokens: f64,
    /// Accuracy per character in percent by task.
    pub scores: BTreeMap<ClozeTask, f64>,
    /// Items behind each.
    pub items: BTreeMap<ClozeTask, u64>,
    /// Their plain mean in percent; null with `reason`.
    pub score: Option<f64>,
    /// The mean with its interval.
    #[serde(default)]
    pub score_interval: Option<Estimate>,
    /// Parameters of the model, as the ladder counts.
    pub params: Params,
    /// Which weights these are.
    pub params_definition: ParamsDefinition,
    /// Those used per token; null where a mixture's are not known.
    #[serde(default)]
    pub active_params: Option<Params>,
    /// Bits per weight.
    pub bits: f64,
    /// What the reference family would need for the same score.
    pub effective_params: Option<Estimate<EffectiveParams>>,
    /// Effective over actual parameters.
    pub density: Option<Estimate<Density>>,
    /// The same at equal inference time.
    pub density_by_time: Option<Estimate<Density>>,
    /// Why there is none by inference time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_by_time_reason: Option<String>,
    /// The same at equal memory.
    pub density_by_memory: Option<Estimate<Density>>,
    /// What the interval is made of: standard deviations of ln N̂.
    pub uncertainty: Option<Uncertainty>,
    /// The chip and the request of the density by inference time.
    pub cost: Cost,
    /// Bits per byte of the right answers by task, where they were measured.
    #[serde(default)]
    pub bits_per_byte: BTreeMap<ClozeTask, f64>,
    /// The second opinion, by bits per byte; null where they were not measured.
    #[serde(default)]
    pub by_bits_per_byte: Option<ByBitsPerByte>,
    /// The sentence on two opinions that differ by more than half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// Whether the scores were measured or given, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_basis: Option<String>,
    /// What the density may claim, and what not.
    pub claim: String,
    /// The ladder to compare with, in the report of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderCurve>,
    /// Why there is no density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The second opinion: by bits per byte, which the style of a model's training text biases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ByBitsPerByte {
    /// Mean bits per byte of the eight with its interval; null with `reason`.
    pub mean: Option<Estimate>,
    /// Effective parameters; null with `reason`.
    pub effective_params: Option<Estimate<EffectiveParams>>,
    /// Effective over actual parameters.
    pub density: Option<Estimate<Density>>,
    /// What the interval is made of.
    pub uncertainty: Option<Uncertainty>,
    /// What another model's bits per byte on the same items did to the error, or why nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl EdgeDensityReport {
    /// The document of what was measured, or of the reason why it gives no density.
    #[must_use]
    pub fn of(inputs: &EdgeInputs<'_>, evidence: &Evidence, size: EdgeSize) -> Self {
        let mut report = Self::empty(inputs, evidence, size);
        let second = (!report.bits_per_byte.is_empty()).then(|| by_bits_per_byte(inputs.family, inputs.d0, evidence));
        let first = by_accuracy(inputs.family, inputs.d0, evidence);
        if let (Ok(first), Some(Ok(second))) = (&first, &second) {
            report.disagreement = disagreement(first.effective.point, second.effective.point);
        }
        report.by_bits_per_byte = second.map(|second| ByBitsPerByte::of(inputs, second, size));
        match first.map_err(|error| error.to_string()).and_then(|found| {
            let densities = Densities::at(&inputs.cost, &found.effective, size.size);
            Ok((found, densities.map_err(|error| error.to_string())?))
        }) {
            Err(reason) => report.reason = Some(reason),
            Ok((found, densities)) => report.fill(found, densities),
        }
        report
    }

    fn empty(inputs: &EdgeInputs<'_>, evidence: &Evidence, size: EdgeSize) -> Self {
        let by_task = || evidence.iter().map(|(task, found)| (*task, found));
        let scores: BTreeMap<ClozeTask, f64> = by_task().map(|(task, found)| (task, 100.0 * found.accuracy)).collect();
        let whole = scores.len() == ClozeTask::ALL.len();
        Self {
            family: DensityFamily::Edge,
            reference: "edge/avg8".to_owned(),
            d0_tokens: inputs.d0,
            score: whole.then(|| scores.values().sum::<f64>() / scores.len() as f64),
            scores,
            items: by_task().map(|(task, found)| (task, found.items)).collect(),
            score_interval: None,
            params: size.size.params,
            params_definition: size.definition,
            active_params: size.size.active,
            bits: size.size.bits,
            effective_params: None,
            density: None,
            density_by_time: None,
            density_by_time_reason: None,
            density_by_memory: None,
            uncertainty: None,
            cost: inputs.cost.clone(),
            bits_per_byte: by_task().filter_map(|(task, found)| Some((task, found.bits_per_byte?.value))).collect(),
            by_bits_per_byte: None,
            disagreement: None,
            score_basis: None,
            claim: CLAIM.to_owned(),
            ladder: None,
            reason: None,
        }
    }

    fn fill(&mut self, found: EdgeCapability, densities: Densities) {
        self.score_interval = Some(found.score.map(|share| 100.0 * share));
        self.effective_params = Some(found.effective);
        self.uncertainty = Some(found.uncertainty);
        self.density = Some(densities.by_params);
        self.density_by_memory = Some(densities.by_memory);
        if densities.by_time.is_none() {
            self.density_by_time_reason = Some("the active parameters of this mixture are not known".to_owned());
        }
        self.density_by_time = densities.by_time;
    }
}

impl ByBitsPerByte {
    fn of(inputs: &EdgeInputs<'_>, found: Result<EdgeCapability, EdgeError>, size: EdgeSize) -> Self {
        let none =
            Self { mean: None, effective_params: None, density: None, uncertainty: None, control: None, reason: None };
        let found = match found {
            Ok(found) => found,
            Err(error) => return Self { reason: Some(error.to_string()), ..none },
        };
        match Densities::at(&inputs.cost, &found.effective, size.size) {
            Err(error) => Self { reason: Some(error.to_string()), ..none },
            Ok(densities) => Self {
                mean: Some(found.score),
                effective_params: Some(found.effective),
                density: Some(densities.by_params),
                uncertainty: Some(found.uncertainty),
                ..none
            },
        }
    }
}
