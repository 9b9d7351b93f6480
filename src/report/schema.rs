//! The JSON Schema of `report.json`.
//!
//! It describes what a reader finds: fields that later versions of densimeter added are optional in it, and a part may
//! hold more than is named here. The shapes of parts that the program carries as plain JSON are described here alone.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::bench::BenchReport;
use super::run::RunReport;
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
