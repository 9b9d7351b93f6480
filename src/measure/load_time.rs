//! Loading as rows of its own: on the wire they stand among the results, in the program apart from them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::bench_report::row::{MemoryReport, RowReport, ThermalReport, WarningReport};
use super::journal::RunModel;
use crate::bench::measurement::TimeToFirstToken;
use crate::file::json::read_part;
use crate::stat::{Estimate, Sample as Values};

/// The rows of a bench document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<WireRow>", into = "Vec<WireRow>")]
pub struct Results {
    /// The timed rows, in the plan's order. What is counted, judged and drawn as a table is these.
    pub rows: Vec<RowReport>,
    /// The loads, one row for each model.
    pub loads: Vec<LoadRow>,
}

impl std::ops::Deref for Results {
    type Target = [RowReport];

    fn deref(&self) -> &[RowReport] {
        &self.rows
    }
}

impl<'a> IntoIterator for &'a Results {
    type Item = &'a RowReport;
    type IntoIter = std::slice::Iter<'a, RowReport>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

/// A result as it stands in JSON.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub(super) enum WireRow {
    Load(Box<LoadRow>),
    Timed(Box<RowReport>),
}

/// What tells a load from the timed rows.
#[derive(Default, Deserialize)]
struct Kind {
    phase: Option<String>,
}

/// What a row is called.
#[derive(Default, Deserialize)]
struct Name {
    test: Option<String>,
}

impl<'de> Deserialize<'de> for WireRow {
    /// By the name of the phase: an untagged reader could not say what is wrong with a row.
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let row = Box::<RawValue>::deserialize(reader)?;
        // What is no text is told by the reader of the row.
        let Kind { phase } = serde_json::from_str(row.get()).unwrap_or_default();
        let read = if phase.as_deref() == Some("load") {
            read_part(row.get()).map(|row| Self::Load(Box::new(row)))
        } else {
            read_part(row.get()).map(|row| Self::Timed(Box::new(row)))
        };
        read.map_err(|error| {
            let Name { test } = serde_json::from_str(row.get()).unwrap_or_default();
            D::Error::custom(format!("row `{}`: {error}", test.as_deref().unwrap_or("without a name")))
        })
    }
}

impl From<Vec<WireRow>> for Results {
    fn from(wire: Vec<WireRow>) -> Self {
        let mut results = Self::default();
        for row in wire {
            match row {
                WireRow::Load(row) => results.loads.push(*row),
                WireRow::Timed(row) => results.rows.push(*row),
            }
        }
        results
    }
}

impl From<Results> for Vec<WireRow> {
    fn from(results: Results) -> Self {
        let timed = results.rows.into_iter().map(|row| WireRow::Timed(Box::new(row)));
        timed.chain(results.loads.into_iter().map(|row| WireRow::Load(Box::new(row)))).collect()
    }
}

/// The phase of a [`LoadRow`]; its one name tells the row from a timed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LoadPhase {
    /// Mapping or reading the file and building the model.
    Load,
}

/// How long a model took to load, once in each worker; with the fields of a timed row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LoadRow {
    /// `load`.
    pub test: String,
    /// Id of the model.
    pub model: String,
    /// `load`.
    pub phase: LoadPhase,
    /// 0.
    pub tokens: u32,
    /// 0.
    pub depth: u32,
    /// Null: the threads of a row are those of its context, which is made later.
    pub threads: Option<u32>,
    /// Null.
    pub tokens_per_second: Option<Estimate>,
    /// Nanoseconds of every load. The file has just been hashed, so it comes from the page cache where it fits there.
    pub samples_ns: Vec<u64>,
    /// Null.
    pub latency: Option<Estimate>,
    /// Null.
    pub ttft: Option<TimeToFirstToken>,
    /// Nothing: a worker's memory stands in its row.
    pub memory: MemoryReport,
    /// Null.
    pub energy: Option<Estimate>,
    /// Nothing: heat is read around repetitions.
    pub thermal: ThermalReport,
    /// Whether anything was measured.
    pub valid: bool,
    /// None.
    pub warnings: Vec<WarningReport>,
    /// Why there is no speed.
    pub reason: String,
}

impl LoadRow {
    /// The loads of a model in its workers.
    #[must_use]
    pub fn of(model: &RunModel, samples_ns: Vec<u64>) -> Self {
        let reason = if samples_ns.is_empty() { "no worker loaded it" } else { "a load has no tokens" };
        Self {
            test: "load".to_owned(),
            model: model.id.clone(),
            phase: LoadPhase::Load,
            tokens: 0,
            depth: 0,
            threads: None,
            tokens_per_second: None,
            valid: !samples_ns.is_empty(),
            samples_ns,
            latency: None,
            ttft: None,
            memory: MemoryReport { reason: Some("see the rows of the model".to_owned()), ..MemoryReport::default() },
            energy: None,
            thermal: ThermalReport::default(),
            warnings: Vec::new(),
            reason: reason.to_owned(),
        }
    }

    /// Median of the loads in nanoseconds; `None` when there is none.
    #[must_use]
    pub fn median_ns(&self) -> Option<f64> {
        Some(Values::new(self.samples_ns.iter().map(|ns| *ns as f64).collect()).ok()?.median())
    }
}
