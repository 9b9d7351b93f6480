//! The reverse question: what a device must have for a model.

use serde::{Deserialize, Serialize};

use super::estimates::{Candidate, Estimators, candidates, memory};
use super::limits::Limits;
use super::machine::Machine;
use crate::device::class_spec::ClassSpec;
use crate::model::catalog::Catalog;
use crate::stat::{Estimate, ProcessError, bisect};

/// Bandwidths between which the least one is sought, as ln GB/s.
const BANDWIDTHS: (f64, f64) = (-2.0, 10.0);

/// What a device of a class must have, at the pessimistic end of every estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Need {
    /// The model.
    pub model: String,
    /// The file.
    pub file: String,
    /// Its quantisation.
    pub quantization: String,
    /// The class whose rule of memory and whose back end count.
    pub class: String,
    /// What was asked.
    pub limits: Limits,
    /// Weights, cache and buffers, bytes.
    pub memory_bytes: Estimate,
    /// Least memory of the device, bytes: of which a model may take the class's share.
    pub ram_bytes: f64,
    /// Least theoretical bandwidth, GB/s; null with a reason where no device is fast enough.
    pub bandwidth_gbs: Option<f64>,
    /// What asks for that bandwidth: decode, or the wait for the first token.
    pub binding: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NeedError {
    /// No model of that name.
    #[error("no model `{0}` in the catalogue; `densimeter models list` shows it")]
    Unknown(String),
    /// A filter of the limits leaves it out.
    #[error("{model}: {reason}")]
    LeftOut {
        /// The model.
        model: String,
        /// Which filter, and why.
        reason: String,
    },
    /// Measured rows give no model of speed.
    #[error(transparent)]
    Speed(#[from] ProcessError),
}

/// What a device of a class needs for a model: an id, or `id:QUANTISATION`.
///
/// # Errors
/// A model that the catalogue does not have, or that a filter leaves out.
pub fn need(model: &str, class: &'static ClassSpec, limits: &Limits, catalog: &Catalog) -> Result<Need, NeedError> {
    let (id, quantisation) = model.split_once(':').map_or((model, None), |(id, rest)| (id, Some(rest)));
    let named = |file: &Candidate<'_>| {
        file.entry.id.eq_ignore_ascii_case(id)
            && quantisation.is_none_or(|wanted| file.file.quantisation.eq_ignore_ascii_case(wanted))
    };
    let file = candidates(catalog).into_iter().find(named).ok_or_else(|| NeedError::Unknown(model.to_owned()))?;
    if let Some(reason) = limits.filtered(file.entry, true) {
        return Err(NeedError::LeftOut { model: model.to_owned(), reason });
    }
    let estimators = Estimators::with(&[])?;
    let costs = |bandwidth: f64| {
        estimators.costs(&file, &Machine { bandwidth_gbs: bandwidth, ..Machine::unmeasured(class) }, limits)
    };
    let decode = least(|bandwidth| Some(costs(bandwidth)?.tokens_per_second.low? / limits.min_tps));
    let wait = match limits.max_ttft {
        Some(most) => least(|bandwidth| Some(most / costs(bandwidth)?.first_token_seconds.high?)),
        None => Some(0.0),
    };
    let slower = |option: &str| Some(format!("{option}: no bandwidth up to 20 000 GB/s is surely enough"));
    let (bandwidth_gbs, binding, reason) = match (decode, wait) {
        (Some(decode), Some(wait)) if decode >= wait => (Some(decode), Some("decode".to_owned()), None),
        (Some(_), Some(wait)) => (Some(wait), Some("first token".to_owned()), None),
        (None, _) => (None, None, slower("--min-tps")),
        (_, None) => (None, None, slower("--max-ttft")),
    };
    let memory_bytes = memory(&file, limits);
    Ok(Need {
        model: file.entry.id.clone(),
        file: file.file.name.clone(),
        quantization: file.file.quantisation.clone(),
        class: class.id.clone(),
        limits: limits.clone(),
        ram_bytes: class.ram_for(memory_bytes.high.unwrap_or(memory_bytes.point)),
        memory_bytes,
        bandwidth_gbs,
        binding,
        reason,
    })
}

/// The least bandwidth at which a share that rises with it reaches 1.
fn least(share: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let at = |ln: f64| share(ln.exp()).map_or(f64::NAN, f64::ln);
    if at(BANDWIDTHS.0) >= 0.0 {
        return Some(BANDWIDTHS.0.exp());
    }
    bisect(BANDWIDTHS.0, BANDWIDTHS.1, at).map(f64::exp)
}
