//! The audit document: one record for every compressed model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind_verdict::{KindVerdict, sentence};
use super::measured::Measured;
use crate::file::bounded::ReadError;
use crate::law::audit::{Basis, Kind, Verdict};
use crate::law::density::{self, EffectiveParams};
use crate::law::reference::ReferenceError;
use crate::published::checkpoint::Checkpoint;
use crate::stat::Estimate;
use crate::table;
use crate::unit::{Benchmark, Params};

/// A compressed model against its original.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRecord {
    /// The original.
    pub original: String,
    /// The compressed model.
    pub compressed: String,
    /// How it was compressed.
    pub method: String,
    /// Density by parameters of the original, in the family that `basis` names.
    pub density_original: Option<Estimate>,
    /// Density by parameters of the compressed model.
    pub density_compressed: Option<Estimate>,
    /// Effective parameters of the original.
    pub effective_params_original: Option<Estimate>,
    /// Effective parameters of the compressed model.
    pub effective_params_compressed: Option<Estimate>,
    /// The kind that the fields beside are of.
    pub by: Kind,
    /// The ratio of that kind.
    pub ratio: Option<Estimate>,
    /// Its p-value.
    pub p_value: Option<f64>,
    /// Its p-value after Holm.
    pub p_adjusted: Option<f64>,
    /// Its verdict.
    pub verdict: Verdict,
    /// What that rests on.
    pub basis: Option<Basis>,
    /// Every kind.
    #[serde(default)]
    pub verdicts: BTreeMap<Kind, KindVerdict>,
    /// The verdict in words.
    pub text: String,
    /// Seed of everything that was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What was measured, where the two models are files.
    #[serde(flatten)]
    pub measured: Measured,
    /// What was published, where the two models are a row of a table.
    #[serde(flatten)]
    pub published: PublishedPair,
}

/// What a table says of a pair of models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedPair {
    /// The variant of the method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What both models are. Rows of the same are one family of tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// Whether one evaluator measured both under one protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_protocol: Option<bool>,
    /// Bits per weight of the original and of the compressed model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<[f64; 2]>,
    /// Parameters of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<[Params; 2]>,
    /// Bytes of both files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<[f64; 2]>,
    /// The three densities in one sentence, where only a mean of tests is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub densities_text: Option<String>,
    /// The benchmarks that both have a score of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub benchmarks: Option<Vec<Benchmark>>,
    /// A row of more bits that fares worse than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

/// A file that should hold the records of an audit.
#[derive(Debug, thiserror::Error)]
pub enum NoAudit {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It holds something else.
    #[error("{}: no document of `densimeter audit --json`, a list of records: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        why: String,
    },
}

impl AuditRecord {
    /// The records that `densimeter audit --json` printed into a file.
    ///
    /// # Errors
    /// [`NoAudit`]; a file without a record is none either.
    pub fn read_all(path: &Path) -> Result<Vec<Self>, NoAudit> {
        let other = |why| NoAudit::Other { path: path.to_owned(), why };
        let records: Vec<Self> = serde_json::from_str(&table::read(path)?).map_err(|error| other(error.to_string()))?;
        if records.is_empty() { Err(other("no record in it".to_owned())) } else { Ok(records) }
    }

    /// A record whose own fields are those of the kind asked for.
    #[must_use]
    pub fn new(names: [String; 3], by: Kind, verdicts: BTreeMap<Kind, KindVerdict>, seed: u64) -> Self {
        let [original, compressed, method] = names;
        let own = verdicts.get(&by).cloned().unwrap_or_else(|| KindVerdict::none("not measured"));
        let text = sentence(by, &own);
        Self {
            original,
            compressed,
            method,
            density_original: None,
            density_compressed: None,
            effective_params_original: None,
            effective_params_compressed: None,
            by,
            ratio: own.ratio,
            p_value: own.p_value,
            p_adjusted: own.p_adjusted,
            verdict: own.verdict,
            basis: own.basis,
            verdicts,
            text,
            seed: Some(seed),
            measured: Measured::default(),
            published: PublishedPair::default(),
        }
    }

    /// Takes over the effective parameters of both models, and the densities of so many `params`.
    ///
    /// # Errors
    /// A number of parameters that has no density.
    pub(super) fn take_densities(
        &mut self,
        original: &Estimate<EffectiveParams>,
        compressed: Option<&Estimate<EffectiveParams>>,
        params: [Params; 2],
    ) -> Result<(), ReferenceError> {
        let density = |found: &Estimate<EffectiveParams>, params| {
            density::by_params(found, params).map(|density| density.map(|density| density.ratio()))
        };
        let count = |found: &Estimate<EffectiveParams>| found.clone().map(|effective| effective.count());
        self.density_original = Some(density(original, params[0])?);
        self.effective_params_original = Some(count(original));
        if let Some(compressed) = compressed {
            self.density_compressed = Some(density(compressed, params[1])?);
            self.effective_params_compressed = Some(count(compressed));
        }
        Ok(())
    }

    /// Whether something of it could not be measured.
    #[must_use]
    pub fn incomplete(&self) -> bool {
        self.measured.failed.is_some() || self.measured.unpaired_items.is_some_and(|items| items > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_of_files_and_one_of_a_table_are_read_as_they_were_written() {
        let side = json!({
            "sha256": "ab", "params": 7, "file_bytes": 8, "weight_bytes": 7.0, "bits_per_weight": 8.0,
        });
        let own = json!({
            "verdict": "held", "ratio": null, "p_value": 0.5, "p_adjusted": 1.0, "basis": "loss",
            "detectable_drop": 0.1, "of_losses": true,
        });
        let estimate = json!({ "point": 1.0, "low": 0.5, "high": null, "level": 0.95, "method": "t" });
        let loss = json!({ "unit": "bits per byte", "items": 2, "bytes": 9, "original": estimate, "compressed": null });
        let common = json!({
            "original": "a", "compressed": "b", "method": "quantization", "density_original": null,
            "density_compressed": null, "effective_params_original": null, "effective_params_compressed": null,
            "by": "params", "ratio": null, "p_value": 0.5, "p_adjusted": 1.0, "verdict": "held", "basis": "loss",
            "verdicts": { "params": own }, "text": "held by params", "seed": 42,
        });
        let files = json!({
            "loss": loss, "unpaired_items": 0, "basis_reason": "why", "kinship": null, "mock": true,
            "tasks": { "mmlu": {
                "items": 2, "score_original": estimate, "score_compressed": null, "loss": loss,
                "test": {
                    "loss_ratio": null, "p_value": 0.5, "p_adjusted": 1.0, "verdict": "held", "detectable_drop": null,
                },
                "score_difference": {
                    "points": estimate, "p_value": 0.5, "items": 2, "discordant": { "lost": 1, "won": 0 },
                    "detectable_drop": 3.0,
                },
            } },
            "divergence": {
                "kl_nats": estimate, "top_token_agreement": null, "median_kl_nats": null, "p99_kl_nats": 1.0,
                "max_kl_nats": 2.0, "tokens": 3, "items": 2, "direction": "original || compressed",
            },
            "items": { "planned": 2, "used": 2 },
            "sequential": { "looks": 1, "of": 20, "error_rate": 0.05, "stopped_early": false, "method": "m" },
            "error_rate": { "one_sided": 0.05, "family": "f", "power": 0.8 },
            "sizes": { "original": side, "compressed": side },
            "speed": { "original": {
                "prefill_tokens_per_second": estimate, "decode_tokens_per_second": estimate,
                "seconds_per_request": 1.5, "valid": false,
            }, "compressed": null },
            "rung": { "name": "b", "bits_per_weight": 8.0, "pareto": true, "best": false, "rule": "r" },
        });
        let table = json!({
            "variant": "AWQ", "same_protocol": false, "bits": [16.0, 4.0], "params": [7e9, 7e9],
            "benchmarks": ["mmlu", "humaneval"], "exception": "e",
        });
        for more in [files, table] {
            let mut whole = common.clone();
            whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let record: AuditRecord = serde_json::from_value(whole.clone()).unwrap();
            assert_eq!(serde_json::to_value(&record).unwrap(), whole);
        }
    }
}
