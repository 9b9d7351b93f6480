//! The JSON Schema of `report.json`.
//!
//! It describes what a reader finds: fields that later versions of densimeter added are optional in it, and a part may
//! hold more than is named here. The shapes of parts that the program carries as plain JSON are described here alone.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::bench::BenchReport;
use super::run::RunReport;
use crate::crossover::device_today::DeviceToday;
use crate::device::DeviceProfile;
use crate::device::compute::ComputeProbe;
use crate::law::audit::{Basis, Kind, Verdict};
use crate::stat::Estimate;

/// The schema as committed, and as `densimeter schema` prints it.
pub const COMMITTED: &str = include_str!("../../docs/report.schema.json");

/// The schema of the types as they are.
#[must_use]
pub fn current() -> Schema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<AnyReport>();
    schema.insert("title".to_owned(), "report.json of densimeter, schema 1".into());
    schema
}

/// A `report.json`: of a run, or of a bench alone.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes what is read and written as one of the two")]
enum AnyReport {
    Run(Box<RunReport>),
    Bench(Box<BenchReport>),
}

/// The device of a report: as probed, or as far as another tool tells.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(crate) enum AnyDevice {
    Probed(Box<DevicePart>),
    Imported(ImportedDevice),
}

/// What llama-bench tells of a device.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(crate) struct ImportedDevice {
    /// The accelerator, else the processor.
    name: Option<String>,
    /// The processor.
    cpu: ImportedProcessor,
    /// The accelerator.
    gpu: Option<String>,
}

/// The processor of an imported report.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(crate) struct ImportedProcessor {
    /// Its name.
    name: Option<String>,
}

/// The device: its profile, its name, what was measured of it, and what it runs today.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(crate) struct DevicePart {
    /// The profile as probed; its fields stand beside these.
    #[serde(flatten)]
    profile: Option<DeviceProfile>,
    /// What people call the device.
    name: Option<String>,
    /// Measured bandwidth and compute.
    measured: Option<ComputeProbe>,
    /// What it runs today and when it meets GPT-4's level.
    today: Option<DeviceToday>,
    /// Seconds to read a 16-bit weight for an output token, by the stored model of the device.
    k1: Option<Estimate>,
    /// Seconds to compute with a 16-bit weight for an input token.
    k2: Option<Estimate>,
}

/// Scores and losses.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(super) struct EvalPart {
    /// The model that answered.
    model: BTreeMap<String, Value>,
    /// Seed of the selection.
    seed: u64,
    /// A row a task.
    tasks: Vec<TaskPart>,
    /// What a quick run leaves out.
    quick: Option<String>,
}

/// One task.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
struct TaskPart {
    /// `mmlu`, `bbh`, `math`, `humaneval`, `mbpp`.
    task: String,
    /// Examples in the prompt.
    shots: u32,
    /// Items.
    n: u64,
    /// Items right in percent; null with `score_reason`.
    score: Option<Estimate>,
    /// Why there is no score.
    score_reason: Option<String>,
    /// Whether guessing could have had that score.
    at_chance: Option<bool>,
    /// Nats per token of the reference answers.
    conditional_loss: Option<Estimate>,
    /// Bits per byte of the reference answers; null with `loss_reason`.
    bits_per_byte: Option<Estimate>,
    /// Why there is no loss.
    loss_reason: Option<String>,
    /// Tokens that the engine worked through.
    tokens_evaluated: u64,
    /// Time taken, seconds.
    seconds: f64,
}

/// Capability density.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(super) struct DensityPart {
    /// Scores in percent by benchmark.
    scores: BTreeMap<String, Option<f64>>,
    /// Their mean; null with `reason`.
    score: Option<f64>,
    /// Benchmarks whose score was imputed.
    imputed: Vec<String>,
    /// The reference curve.
    reference: String,
    /// Tokens of pre-training of the reference family.
    d0_tokens: f64,
    /// Parameters of the model.
    params: f64,
    /// What the reference family would need for the same score.
    effective_params: Option<Estimate>,
    /// Effective over actual parameters.
    density: Option<Estimate>,
    /// The same at equal inference time.
    density_by_time: Option<Estimate>,
    /// The same at equal memory.
    density_by_memory: Option<Estimate>,
    /// Whether the scores were measured or published, and why.
    score_basis: Option<String>,
    /// Why there is no density.
    reason: Option<String>,
}

/// A compressed model against its original.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a part that is carried as JSON")]
pub(super) struct AuditPart {
    /// The original.
    original: String,
    /// The compressed model.
    compressed: String,
    /// How it was compressed.
    method: String,
    /// Density of the original.
    density_original: Option<Estimate>,
    /// Density of the compressed model.
    density_compressed: Option<Estimate>,
    /// Compressed over original.
    ratio: Option<Estimate>,
    /// One-sided p-value of no drop.
    p_value: Option<f64>,
    /// The same after Holm.
    p_adjusted: Option<f64>,
    /// The verdict of `by`.
    verdict: Verdict,
    /// The kind of density.
    by: Kind,
    /// What the verdict rests on.
    basis: Option<Basis>,
    /// The verdict in words.
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let now = serde_json::to_string_pretty(&current()).unwrap() + "\n";
        if std::env::var_os("DENSIMETER_BLESS").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json"), &now).unwrap();
        } else {
            assert!(
                now == COMMITTED,
                "docs/report.schema.json is stale: DENSIMETER_BLESS=1 cargo test --lib report::schema writes it anew; \
                 raise the schema's number where a field was renamed or left out"
            );
        }
    }
}
