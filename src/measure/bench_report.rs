//! The bench document: derived from the journal, so that the same journal always gives the same numbers.

use serde::{Deserialize, Serialize};

use super::load_time::{Results, WireRow};
use super::sustain_report::SustainReport;
use crate::device::DeviceRecord;
use crate::meter::quiet_wait::GateRecord;
use crate::unit::iso::IsoTime;

mod conditions;
mod of_journal;
pub mod row;
pub mod wire;

pub use row::{
    EnergyReport, LatencyReport, LoadReport, MemoryReport, RowReport, ThermalReport, UNREACHED, WarningReport,
    kv_cache_bytes,
};
pub use wire::{EngineReport, ModelReport, SettingsReport};

/// The document of `densimeter bench --json` and the `bench` part of `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BenchReport {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the run.
    pub run_id: String,
    /// When it began, RFC 3339.
    #[schemars(with = "IsoTime")]
    pub started: jiff::Timestamp,
    /// Version of densimeter.
    pub densimeter: String,
    /// Seed of tokens and order; null in an imported report.
    pub seed: Option<u64>,
    /// The device as probed; null when it was not.
    pub device: Option<DeviceRecord>,
    /// The engine; null when no worker came up.
    pub engine: Option<EngineReport>,
    /// The first model.
    pub model: Option<ModelReport>,
    /// All models; a result's `model` is one of these ids.
    pub models: Vec<ModelReport>,
    /// How the threads were chosen.
    pub threads_rule: Option<String>,
    /// What to know about the plan.
    pub notes: Vec<String>,
    /// How the wait for a cool or quiet machine went.
    pub gate: Option<GateRecord>,
    /// One per row, in the plan's order, and one per model for its loads.
    #[schemars(with = "Vec<WireRow>")]
    pub results: Results,
    /// The throttling curve; null when `--sustain` was not asked for.
    pub sustain: Option<SustainReport>,
    /// Why the sustained series is missing or ended early.
    #[serde(default)]
    pub sustain_reason: Option<String>,
    /// Whether every row is valid.
    pub valid: bool,
}
