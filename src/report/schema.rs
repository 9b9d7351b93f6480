//! The JSON Schema of `report.json`.

/// The schema as committed.
pub const COMMITTED: &str = include_str!("../../docs/report.schema.json");
