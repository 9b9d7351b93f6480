//! The JSON record of one density.

use serde_json::{Value, json};

use super::Ground;
use crate::law::capability::{self, Capability};
use crate::law::density::{self, Density, EffectiveParams, Size};
use crate::law::impute::ImputeError;
use crate::stat::Estimate;
use crate::unit::{Params, Scores};

/// A model whose density is asked for.
pub(super) struct Subject<'a> {
    pub(super) scores: &'a Scores,
    pub(super) items: &'a [u64; 5],
    pub(super) params: Params,
    /// `None` where a mixture's active parameters are not known.
    pub(super) active: Option<Params>,
    pub(super) bits: f64,
}

/// Densities of one subject.
pub(super) struct Densities {
    pub(super) by_params: Estimate<Density>,
    pub(super) by_time: Option<Estimate<Density>>,
    pub(super) by_memory: Estimate<Density>,
}

impl Densities {
    pub(super) fn of(
        ground: &Ground,
        effective: &Estimate<EffectiveParams>,
        params: Params,
        active: Option<Params>,
        bits: f64,
    ) -> anyhow::Result<Self> {
        let size = Size { total: params, active: active.unwrap_or(params), bits };
        let by_time = match active {
            Some(_) => Some(density::by_time(effective, size, ground.cost.chip, ground.cost.workload)?),
            None => None,
        };
        Ok(Self {
            by_params: density::by_params(effective, params)?,
            by_time,
            by_memory: density::by_memory(effective, size)?,
        })
    }
}

/// Computes a subject's capability.
pub(super) fn capability(ground: &Ground, subject: &Subject<'_>) -> Result<Capability, ImputeError> {
    capability::of_scores(&ground.family, ground.d0, subject.scores, subject.items, &ground.complete)
}

/// The record of `docs`: scores, mean, effective parameters and densities, or `null` with a reason.
pub(super) fn json(
    ground: &Ground,
    subject: &Subject<'_>,
    capability: &Result<Capability, ImputeError>,
) -> anyhow::Result<Value> {
    let mut record = json!({
        "scores": subject.scores,
        "score": subject.scores.five_mean(),
        "imputed": subject.scores.missing(),
        "reference": format!("{}/average", ground.family.id),
        "d0_tokens": ground.d0,
        "params": subject.params,
        "active_params": subject.active,
        "bits": subject.bits,
        "effective_params": null,
        "density": null,
        "density_by_time": null,
        "density_by_memory": null,
        "cost": ground.cost.json(),
        "per_benchmark": per_benchmark(ground, subject.scores),
    });
    match capability {
        Err(error) => record["reason"] = error.to_string().into(),
        Ok(capability) => {
            let densities = Densities::of(ground, &capability.effective, subject.params, subject.active, subject.bits)?;
            record["score"] = capability.mean.percent.into();
            record["score_interval"] = serde_json::to_value(&capability.score)?;
            record["effective_params"] = serde_json::to_value(&capability.effective)?;
            record["density"] = serde_json::to_value(&densities.by_params)?;
            record["density_by_time"] = serde_json::to_value(&densities.by_time)?;
            record["density_by_memory"] = serde_json::to_value(&densities.by_memory)?;
            if densities.by_time.is_none() {
                record["density_by_time_reason"] = "the active parameters of this mixture are not known".into();
            }
            if !capability.mean.imputed.is_empty() {
                record["imputation"] = json!({
                    "scores": capability.mean.imputed.iter().map(|b| b.name()).zip(&capability.mean.imputed_percent)
                        .collect::<std::collections::BTreeMap<_, _>>(),
                    "leave_one_out_rmse": capability.mean.leave_one_out_rmse,
                    "complete_releases": capability.mean.complete_releases,
                });
            }
        }
    }
    Ok(record)
}

fn per_benchmark(ground: &Ground, scores: &Scores) -> Value {
    let own = capability::per_benchmark(&ground.family, ground.d0, scores);
    let sizes: serde_json::Map<String, Value> = own
        .sizes
        .iter()
        .map(|(benchmark, size)| {
            let value = match size {
                Ok(size) => json!({ "effective_params": size }),
                Err(error) => json!({ "effective_params": null, "reason": error.to_string() }),
            };
            (benchmark.name().to_owned(), value)
        })
        .collect();
    let mut part = json!({ "sizes": sizes, "spread": own.spread, "point": own.typical });
    if own.typical.is_none() {
        part["reason"] = match own.spread {
            Some(spread) => format!(
                "the sizes by single benchmarks differ {spread:.0}-fold, more than {}: a diagnostic, no point value",
                capability::LARGEST_SPREAD
            ),
            None => "fewer than two benchmarks have a size of their own".to_owned(),
        }
        .into();
    }
    part
}
