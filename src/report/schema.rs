//! The JSON Schema of `report.json`.
//!
//! It describes what a reader finds: fields that later versions of densimeter added are optional in it, and a part may
//! hold more than is named here.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{Schema, json_schema};

use super::run::RunReport;
use crate::file::packed::text;
use crate::measure::bench_report::BenchReport;

/// The schema as committed, and as `densimeter schema` prints it.
pub static COMMITTED: LazyLock<String> = LazyLock::new(|| text(include_bytes!(concat!(env!("OUT_DIR"), "/schema.gz"))));

/// The schema of the types as they are: a `report.json` is that of a run, or of a bench alone.
#[must_use]
pub fn current() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds = [generator.subschema_for::<RunReport>(), generator.subschema_for::<BenchReport>()];
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "report.json of densimeter, schema 1",
        "description": "A `report.json`: of a run, or of a bench alone.",
        "anyOf": kinds,
        "$defs": generator.take_definitions(true),
    })
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
                now == *COMMITTED,
                "docs/report.schema.json is stale: DENSIMETER_BLESS=1 cargo test --lib report::schema writes it anew; \
                 raise the schema's number where a field was renamed or left out"
            );
        }
    }
}
