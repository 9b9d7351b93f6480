//! What to run: rows (a shape under settings), how often, in which order.

use std::fmt;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::engine::{ContextOptions, FlashAttention, KvType, ModelOptions};

/// The kind of work that a row times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Prompt processing: many tokens a batch.
    Prefill,
    /// Generation: one token a batch.
    Decode,
}

/// How many tokens of which phase, after how many tokens of context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The phase.
    pub phase: Phase,
    /// Tokens timed in one repetition.
    pub tokens: u32,
    /// Tokens already in the cache when the clock starts.
    pub depth: u32,
}

impl fmt::Display for Shape {
    /// llama-bench's name: `pp512`, `tg128`, `tg128 @ d256`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Prefill => "pp",
            Phase::Decode => "tg",
        };
        write!(f, "{phase}{}", self.tokens)?;
        if self.depth > 0 {
            write!(f, " @ d{}", self.depth)?;
        }
        Ok(())
    }
}

/// What the engine is told. The defaults are llama-bench's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Settings {
    /// Threads, the same for prefill and decode.
    pub threads: u32,
    /// Logical batch in tokens (`-b`).
    pub n_batch: u32,
    /// Physical batch in tokens (`-ub`).
    pub n_ubatch: u32,
    /// Flash attention (`-fa`) as it is asked for.
    pub flash_attention: FlashAttention,
    /// Key cache type (`-ctk`).
    pub type_k: KvType,
    /// Value cache type (`-ctv`).
    pub type_v: KvType,
    /// Layers on a GPU (`-ngl`).
    pub n_gpu_layers: u32,
    /// The devices that may take part beside the CPU (`-dev`), by the engine's names; null leaves the choice to the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<String>>,
    /// Whether large multiplications of layers on the CPU go to a device (`-nopo 0`); null: only where layers do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op_offload: Option<bool>,
}

impl Settings {
    /// The defaults of llama-bench at a number of threads.
    #[must_use]
    pub fn with_threads(threads: u32) -> Self {
        Self {
            threads,
            n_batch: 2048,
            n_ubatch: 512,
            flash_attention: FlashAttention::Auto,
            type_k: KvType::F16,
            type_v: KvType::F16,
            n_gpu_layers: 0,
            devices: None,
            op_offload: None,
        }
    }

    /// Whether no device but the CPU may take part (`-dev none`).
    #[must_use]
    pub fn cpu_alone(&self) -> bool {
        self.devices.as_ref().is_some_and(Vec::is_empty)
    }

    /// How the model is loaded under these settings.
    #[must_use]
    pub fn model_options(&self) -> ModelOptions {
        let usual = ModelOptions::with_layers(self.n_gpu_layers);
        let op_offload = self.op_offload.unwrap_or(usual.op_offload);
        ModelOptions { devices: self.devices.clone(), op_offload, ..usual }
    }

    /// The context that a shape needs: its depth and its tokens, like llama-bench's.
    #[must_use]
    pub fn context_options(&self, shape: Shape) -> ContextOptions {
        ContextOptions {
            n_ctx: shape.depth + shape.tokens,
            n_batch: self.n_batch,
            n_ubatch: self.n_ubatch,
            threads: self.threads,
            flash_attention: self.flash_attention,
            type_k: self.type_k,
            type_v: self.type_v,
            n_seq_max: 1,
            swa_full: false,
        }
    }
}

/// One row of the result: a shape under settings on one of the models.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    /// Index of the model in the plan.
    pub model: usize,
    /// What is timed.
    pub shape: Shape,
    /// Under which settings.
    pub settings: Settings,
}

/// When a row has been repeated often enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StopRule {
    /// Fewest repetitions.
    pub repetitions: u32,
    /// Fewest seconds on the clock, all repetitions together.
    pub min_seconds: f64,
    /// Most seconds of wall clock for a row; no repetition begins that would pass it, and what was measured by then
    /// stands (and says so).
    pub max_seconds: f64,
}

impl StopRule {
    /// Whether a row with these repetitions (nanoseconds each) is done.
    #[must_use]
    pub fn satisfied(&self, durations_ns: &[u64], wall_seconds: f64) -> bool {
        if durations_ns.is_empty() {
            return false;
        }
        let measured = durations_ns.iter().sum::<u64>() as f64 / 1e9;
        let enough = durations_ns.len() >= self.repetitions as usize && measured >= self.min_seconds;
        let next = wall_seconds / durations_ns.len() as f64;
        enough || wall_seconds + next > self.max_seconds
    }
}

/// The order of the repetitions: rounds over all rows, each round shuffled anew, so that drift favours none (R16).
#[must_use]
pub fn interleaved(rows: usize, rounds: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rounds)
        .map(|_| {
            let mut round: Vec<usize> = (0..rows).collect();
            round.shuffle(&mut rng);
            round
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_named_as_in_llama_bench() {
        let shape = |phase, tokens, depth| Shape { phase, tokens, depth }.to_string();
        assert_eq!(shape(Phase::Prefill, 512, 0), "pp512");
        assert_eq!(shape(Phase::Decode, 128, 256), "tg128 @ d256");
    }

    #[test]
    fn a_row_stops_only_when_both_count_and_time_are_met() {
        let rule = StopRule { repetitions: 3, min_seconds: 2.0, max_seconds: 60.0 };
        assert!(!rule.satisfied(&[1_000_000_000; 2], 2.5), "too few repetitions");
        assert!(!rule.satisfied(&[100_000_000; 5], 0.6), "too little time");
        assert!(rule.satisfied(&[700_000_000; 3], 2.5));
        assert!(rule.satisfied(&[1], 61.0), "the limit ends it");
        assert!(rule.satisfied(&[1; 2], 41.0) && !rule.satisfied(&[1; 2], 39.0), "before it would be passed");
        assert!(!rule.satisfied(&[], 61.0), "but never without a sample");
    }

    #[test]
    fn every_round_holds_every_row_once() {
        let order = interleaved(4, 6, 7);
        for round in &order {
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        assert!(order.iter().any(|round| round != &order[0]), "rounds are shuffled");
        assert_eq!(order, interleaved(4, 6, 7), "and the seed fixes them");
    }
}
