//! `report.json` of `densimeter run`: every part, or null with its reason.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::audit::record::AuditRecord;
use crate::crossover::crossing::Crossing;
use crate::crossover::device_today::DeviceToday;
use crate::density::edge::report::EdgeDensityReport;
use crate::density::frontier::FrontierReport;
use crate::density::report::DensityReport;
use crate::device::DeviceRecord;
use crate::eval::report::EvalReport;
use crate::file::json::read_part;
use crate::measure::bench_report::BenchReport;
use crate::recommend::picks::Recommendations;
use crate::stat::Estimate;

/// The document of `densimeter run`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunReport {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the run.
    pub run_id: String,
    /// The device as probed, with its measured bandwidth and compute.
    pub device: Option<RunDevice>,
    /// Speed; null when nothing could be measured.
    pub bench: Option<BenchReport>,
    /// Quality; null with a reason.
    pub eval: Option<EvalReport>,
    /// Capability density; null with a reason.
    pub density: Option<DensityReport>,
    /// Density in the edge family, by eight cloze tasks; null with a reason, and in reports that did not ask for it.
    #[serde(default)]
    pub density_edge: Option<EdgeDensityReport>,
    /// When the device's class meets capabilities; null with a reason.
    pub crossover: Option<Vec<Crossing>>,
    /// What this device should run: the best files of the catalogue; null with a reason, and in reports of before 28
    /// November 2026.
    #[serde(default)]
    pub recommend: Option<Recommendations>,
    /// Always null: a run measures one model. `densimeter audit` compares two.
    pub audit: Option<Vec<AuditRecord>>,
    /// Why a part is null, by its name.
    pub reasons: BTreeMap<String, String>,
    /// What to know about the run, beside the warnings of its rows.
    pub warnings: Vec<String>,
    /// The sentences that sum the run up.
    pub verdicts: Vec<String>,
    /// Seconds that each step took.
    pub seconds: BTreeMap<String, f64>,
    /// Whether every bench row is valid.
    pub valid: bool,
    /// Whether the run came to its end. Such a report is never written again; [`Supersedes`] corrects it.
    #[serde(default)]
    pub complete: bool,
    /// What was typed, without the paths of the machine; null in reports of version 0.1.0 and of a bench.
    #[serde(default)]
    pub command: Option<String>,
    /// The published densities and their law as of the run, so that the report alone can be compared with them.
    #[serde(default)]
    pub frontier: Option<FrontierReport>,
    /// The file of another program that it was made of; null for a run.
    #[serde(default)]
    pub imported: Option<Imported>,
    /// The report that this one corrects; null for a first report.
    #[serde(default)]
    pub supersedes: Option<Supersedes>,
}

/// What the densities of the paper rest on.
pub const FIVE: &str = "on the paper's five benchmarks";

/// A part of the report as sentences name it: which family a density is of stands beside it.
#[must_use]
pub fn part_in_words(part: &str) -> String {
    match part {
        "density" => format!("density {FIVE}"),
        "recommend" => "recommendation".to_owned(),
        "density_edge" => "density in the edge family".to_owned(),
        other => other.to_owned(),
    }
}

/// The device of a report, with what was concluded of it. The fields of its record stand beside these.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RunDevice {
    /// The device.
    #[serde(flatten)]
    pub record: DeviceRecord,
    /// What it runs today and when it meets GPT-4's level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Box<DeviceToday>>,
    /// Seconds to read a 16-bit weight for an output token, by the stored model of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k1: Option<Estimate>,
    /// Seconds to compute with a 16-bit weight for an input token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k2: Option<Estimate>,
}

/// What stands beside the record.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    today: Option<Box<DeviceToday>>,
    #[serde(default)]
    k1: Option<Estimate>,
    #[serde(default)]
    k2: Option<Estimate>,
}

impl<'de> Deserialize<'de> for RunDevice {
    /// The record and what stands beside it, from one object: see [`DeviceRecord`].
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let device = Box::<RawValue>::deserialize(reader)?;
        let named = |error| D::Error::custom(format!("device: {error}"));
        let Beside { today, k1, k2 } = read_part(device.get()).map_err(named)?;
        let record = DeviceRecord::of(device.get()).map_err(D::Error::custom)?;
        Ok(Self { record, today, k1, k2 })
    }
}

impl From<DeviceRecord> for RunDevice {
    fn from(record: DeviceRecord) -> Self {
        Self { record, today: None, k1: None, k2: None }
    }
}

/// A file of another program that became a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Imported {
    /// The program.
    pub tool: String,
    /// Its format.
    pub format: String,
    /// The file's name, without its folder.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A report that another one corrects. It stays where it is, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Supersedes {
    /// Its run.
    pub run_id: String,
    /// SHA-256 of its `report.json`, hexadecimal.
    pub sha256: String,
    /// What was wrong with it.
    pub reason: String,
}
