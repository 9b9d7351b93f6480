//! What the lines of a journal say.

use serde::{Deserialize, Serialize};

use crate::bench::plan::{Row, StopRule};
use crate::bench::runner::Sample;
use crate::bench::warning::Warning;
use crate::device::DeviceRecord;
use crate::meter::memory::MemoryReading;
use crate::meter::quiet_wait::GateRecord;
use crate::worker::conditions::Conditions;
use crate::worker::protocol::{EngineKind, Ready};

/// Version of the journal and of the reports.
pub const SCHEMA: u32 = 1;

/// Name of the journal in a run's folder.
pub const FILE: &str = "run.jsonl";

/// A model that takes part in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunModel {
    /// Catalogue id, or the file's name.
    pub id: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Parameters counted from the tensors.
    pub params: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bits of tensor data per parameter.
    pub bits_per_weight: f64,
    /// Elements of key and of value cache per token, from the header; `None` where it does not say.
    pub kv_elements: Option<(u64, u64)>,
    /// Whether these are an upper bound: some layers keep only a window of the context.
    #[serde(default)]
    pub kv_upper_bound: bool,
}

/// What the look before a run of the main job found. Shapes and numbers of items follow from it, so a resumed run
/// takes it from the journal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Seconds for a token of a prompt.
    pub prefill: f64,
    /// Seconds for a generated token.
    pub decode: f64,
    /// Seconds to load the model.
    pub load: f64,
    /// Seconds that the look took.
    pub spent: f64,
}

impl Trial {
    /// A device without limits: its plan has the largest shapes.
    pub const INSTANT: Self = Self { prefill: 0.0, decode: 0.0, load: 0.0, spent: 0.0 };
}

/// What a run is about; two runs with equal plans may share a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The engine.
    pub engine: EngineKind,
    /// Seed of tokens and order.
    pub seed: u64,
    /// The models.
    pub models: Vec<RunModel>,
    /// The rows.
    pub rows: Vec<Row>,
    /// When a row is done.
    pub stop: StopRule,
}

impl RunPlan {
    /// The plan of the run that a journal holds.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Option<&Self> {
        entries.iter().find_map(|entry| match entry {
            Entry::Run { plan, .. } => Some(&**plan),
            _ => None,
        })
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    /// A process began to write; the first line, and again after every resume.
    Run {
        /// [`SCHEMA`].
        schema: u32,
        /// Name of the run, kept over resumes.
        run_id: String,
        /// When this process began, RFC 3339.
        started: jiff::Timestamp,
        /// Version of densimeter.
        densimeter: String,
        /// What is measured.
        plan: Box<RunPlan>,
    },
    /// The device, as probed.
    Device {
        /// The profile.
        profile: Box<DeviceRecord>,
    },
    /// How the wait for a cool or quiet machine went.
    Gate {
        /// The record.
        gate: GateRecord,
    },
    /// How the threads were chosen.
    Threads {
        /// In words.
        rule: String,
    },
    /// The look before a run of the main job.
    Trial {
        /// Whether the run is a quick one.
        quick: bool,
        /// What it found.
        trial: Trial,
    },
    /// Something to know about the plan.
    Note {
        /// In words.
        text: String,
    },
    /// The worker of `--sustain` failed; what it had measured stands before this line.
    SustainFailed {
        /// One line.
        error: String,
    },
    /// One repetition of `--sustain`.
    Sustain {
        /// Its end, seconds since the first began.
        elapsed_s: f64,
        /// The repetition.
        sample: Sample,
        /// The conditions.
        conditions: Box<Conditions>,
    },
    /// A row's worker is ready. Samples of the same row from before do not count: they belong to a worker that died.
    RowStarted {
        /// Index of the row in the plan.
        row: usize,
        /// What the worker knows.
        ready: Box<Ready>,
    },
    /// One repetition.
    Sample {
        /// Index of the row in the plan.
        row: usize,
        /// The repetition.
        sample: Sample,
        /// The conditions.
        conditions: Box<Conditions>,
    },
    /// A repetition with a prompt of its own, after one with the repeated prompt: for the comparison alone.
    FreshSample {
        /// Index of the row in the plan.
        row: usize,
        /// The repetition.
        sample: Sample,
    },
    /// A row is done, or as done as it will be.
    RowDone {
        /// Index of the row in the plan.
        row: usize,
        /// Memory of the worker; `None` when it was interrupted.
        memory: Option<MemoryReading>,
        /// What the run, not the samples, has to say of it.
        warnings: Vec<Warning>,
    },
    /// A row failed.
    RowFailed {
        /// Index of the row in the plan.
        row: usize,
        /// One line.
        error: String,
    },
}
