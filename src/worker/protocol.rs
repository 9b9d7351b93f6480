//! What passes between host and worker: one JSON document a line, jobs and orders in, events out.
//!
//! The same lines travel through a pipe, ssh or adb. What a worker sends is untrusted: lines are bounded by the host.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use crate::bench::plan::{Settings, Shape};
use crate::bench::runner::Sample;
use crate::engine::{BackendShare, Build, ModelFacts, Quantization};
use crate::eval::divergence::{Block, BlockOrder};
use crate::eval::event::EvalEvent;
use crate::eval::plan::EvalPlan;
use crate::meter::memory::MemoryReading;

/// Version of the protocol; both sides must agree.
pub const VERSION: u32 = 4;

/// Which engine a worker uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// llama.cpp.
    Llama,
    /// The deterministic double; every result says so.
    Mock,
}

/// The first line to a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// The engine to use.
    pub engine: EngineKind,
    /// The model file.
    pub model: PathBuf,
    /// What to do with it.
    pub work: Work,
}

/// What a worker can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Time one row, a repetition for every [`Order::Repeat`].
    Bench {
        /// What is timed.
        shape: Shape,
        /// Under which settings.
        settings: Settings,
        /// Seed of the tokens.
        seed: u64,
    },
    /// Write the model anew in another format.
    Quantize(Quantization),
    /// Write or compare a block of whole distributions.
    Divergence {
        /// The block.
        order: BlockOrder,
        /// Layers on a GPU.
        n_gpu_layers: u32,
    },
    /// Scores and losses on benchmarks; [`Order::Finish`] ends it after the item in work.
    Evaluate {
        /// What is asked, and how.
        plan: Box<EvalPlan>,
    },
}

/// The later lines to a worker that times a row or evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// One repetition.
    Repeat,
    /// One repetition of the same work with tokens of its own.
    RepeatFresh,
    /// Report the memory and end; what is in work is finished and kept.
    Finish,
}

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The model is loaded and, for a row, warmed up.
    Ready(Box<Ready>),
    /// One repetition of a row.
    Sample {
        /// The repetition.
        sample: Sample,
        /// What the machine was like meanwhile.
        conditions: Box<Conditions>,
    },
    /// An evaluation goes on.
    Evaluation {
        /// What happened.
        step: EvalEvent,
    },
    /// A block of distributions was written or compared.
    Block(Box<Block>),
    /// The work is done.
    Finished {
        /// Memory of the worker, with its peak.
        memory: MemoryReading,
    },
    /// The work failed; the worker ends.
    Failed {
        /// One line.
        error: String,
    },
}

/// What a worker knows once the model is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// The engine's build.
    pub build: Build,
    /// What the model says of itself.
    pub facts: ModelFacts,
    /// Back end that is asked to compute: `CPU`, or the accelerator's when layers were offloaded.
    pub backend: String,
    /// Which back end did what of the row's work; `None` where the engine does not tell, or an older program wrote this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Vec<BackendShare>>,
    /// Whether the context uses flash attention; `None` where the engine does not tell, or an older program wrote this.
    #[serde(default)]
    pub flash_attention: Option<bool>,
    /// Loading the model, nanoseconds.
    pub load_ns: u64,
    /// Making the context, nanoseconds.
    pub context_ns: u64,
    /// The warm-up repetition of a row, in the row's own shape; kept, not counted.
    pub warmup: Option<Sample>,
}
