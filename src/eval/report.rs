//! The document of an evaluation: a row a task, with intervals and what they rest on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chat::settings::ChatSettings;
use super::control::Controlled;
use super::instruction_scores::InstructionScores;
use super::noise::Noise;
use super::schedule::Settings;
use super::subset::Selection;
use super::summary::Standing;
use crate::engine::Build;
use crate::law::reference::LossKind;
use crate::stat::Estimate;

/// Version of the document's shape.
pub const SCHEMA: u32 = 1;

/// Scores and losses of a model.
pub type EvalReport = EvalDocument<TaskReport>;

/// The share of a shard: which items it evaluated. Scores follow when all shards are merged.
pub type ShardReport = EvalDocument<TaskShare>;

/// What one evaluation did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EvalDocument<T> {
    /// Version of this shape.
    pub schema: u32,
    /// The model that answered.
    pub model: EvaluatedModel,
    /// The engine's build.
    pub engine: Build,
    /// Whether the answers are those of the deterministic double, which say nothing of any model.
    pub mock: bool,
    /// The machine's own prefill speed, which sharing is measured against; null where it was not measured.
    pub own_prefill: Option<OwnPrefill>,
    /// How rows were evaluated, as it was asked for.
    pub settings: Settings,
    /// Whether flash attention was used; null where the engine was to choose and does not tell, and in documents from before
    /// the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_attention: Option<bool>,
    /// Seed of the selection.
    pub seed: u64,
    /// `percent`.
    pub score_unit: String,
    /// The share of a shard; null for all items.
    pub shard: Option<ShardPart>,
    /// Ids of `--items` that no task has.
    pub unknown_ids: Vec<String>,
    /// A row a task.
    pub tasks: Vec<T>,
    /// What a quick run leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick: Option<String>,
    /// Why a part of it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The model of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EvaluatedModel {
    /// Catalogue id, or what was typed.
    pub id: String,
    /// SHA-256 of the file, hexadecimal; null for the double.
    pub sha256: Option<String>,
}

/// Plain prefill speed in the process that evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OwnPrefill {
    /// llama-bench's name of the test.
    pub test: String,
    /// Mean speed, tokens/s.
    pub tokens_per_second: Estimate,
    /// Median speed, tokens/s.
    pub median: f64,
}

/// Which share of the items was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ShardPart {
    /// Which one, from 0.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskReport {
    /// Its name, such as `mmlu`.
    pub task: String,
    /// Version of the prompts.
    pub version: u32,
    /// Examples in the prompt.
    pub shots: u32,
    /// Items.
    pub n: u64,
    /// Items that could not be graded; their log lines say why.
    pub failed: u64,
    /// How its chats were held; absent for base completion, another protocol, whose scores are never mixed with these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatReport>,
    /// Which items were chosen.
    pub selection: Selection,
    /// Items right in percent; null with `score_reason`.
    pub score: Option<Estimate>,
    /// `micro`: every item counts alike.
    pub score_average: String,
    /// The same with every cluster counting alike; null without clusters.
    pub score_macro: Option<Estimate>,
    /// Why there is no score.
    pub score_reason: Option<String>,
    /// Tasks of instructions: prompts and instructions, strictly and loosely; the score is that of prompts, strictly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<InstructionScores>,
    /// Graded items, which the score is over.
    pub graded: u64,
    /// Whether guessing could have had that score.
    pub at_chance: bool,
    /// The test against guessing.
    pub standing: Option<Standing>,
    /// Nats per token of the reference answers; null with `loss_reason`.
    pub conditional_loss: Option<Estimate>,
    /// `nats per token`.
    pub conditional_loss_unit: String,
    /// What the loss was taken over.
    pub conditional_loss_kind: LossKind,
    /// Bits per byte of the reference answers; null with `loss_reason`.
    pub bits_per_byte: Option<Estimate>,
    /// Cloze tasks: items whose right text has the highest log-likelihood a character, in percent as the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_per_char: Option<Estimate>,
    /// Cloze tasks: bits per byte of the right texts, their leading space not counted, every item counting alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_byte_mean: Option<Estimate>,
    /// Cloze tasks: the same mean, made more certain by another model's numbers on the same items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_byte_controlled: Option<Controlled>,
    /// Why there is no loss.
    pub loss_reason: Option<String>,
    /// Deviation of the fast mode from the exact one; null where it was not measured.
    pub engine_noise: Option<Noise>,
    /// Tokens that the engine worked through.
    pub tokens_evaluated: u64,
    /// Tokens that sharing common beginnings saved.
    pub tokens_saved: u64,
    /// Different tokens among those evaluated.
    pub tokens_unique: u64,
    /// Evaluated tokens over the time in the engine.
    pub tokens_per_second: Option<f64>,
    /// Different tokens over the time of the task.
    pub unique_tokens_per_second: Option<f64>,
    /// The same over the machine's own prefill speed.
    pub share_of_own_prefill: Option<f64>,
    /// What was foretold.
    pub forecast: TaskForecast,
    /// Time in the engine, seconds.
    pub decode_seconds: f64,
    /// Time taken, seconds.
    pub seconds: f64,
    /// Items taken from an earlier call's log.
    pub resumed: u64,
}

/// The chats of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ChatReport {
    /// The published protocol of its prompts and of what is read of a reply.
    pub protocol: String,
    /// How chats were held.
    #[serde(flatten)]
    pub settings: ChatSettings,
    /// Tokens of all thoughts, their delimiters included.
    pub thinking_tokens: u64,
    /// Their share of the engine's time, seconds.
    pub thinking_seconds: f64,
    /// Replies whose limit came within the thought, so that there was no answer.
    pub unfinished_thoughts: u64,
}

/// What a task was foretold to take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskForecast {
    /// Tokens to read.
    pub tokens_read: f64,
    /// Tokens to write when every text runs to its limit.
    pub tokens_written_at_most: f64,
    /// Seconds; null where the machine's own speed was not measured.
    pub seconds: Option<SecondsRange>,
}

/// Seconds at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SecondsRange {
    /// All texts empty.
    pub low: f64,
    /// All texts at their limit, one at a time.
    pub high: f64,
}

/// The share of one task that a shard evaluated; it has no score of its own, since its items follow from blocks and not
/// from chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskShare {
    /// The task.
    pub task: String,
    /// Items evaluated here.
    pub n: u64,
    /// Time taken, seconds.
    pub seconds: f64,
    /// Null.
    pub score: Option<Estimate>,
    /// Null.
    pub conditional_loss: Option<Estimate>,
    /// Null.
    pub bits_per_byte: Option<Estimate>,
    /// Why these are null.
    pub reason: String,
}

impl<T> EvalDocument<T> {
    /// The same document with other rows.
    #[must_use]
    pub fn with_tasks<U>(self, tasks: Vec<U>) -> EvalDocument<U> {
        EvalDocument {
            schema: self.schema,
            model: self.model,
            engine: self.engine,
            mock: self.mock,
            own_prefill: self.own_prefill,
            settings: self.settings,
            flash_attention: self.flash_attention,
            seed: self.seed,
            score_unit: self.score_unit,
            shard: self.shard,
            unknown_ids: self.unknown_ids,
            tasks,
            quick: self.quick,
            reason: self.reason,
        }
    }
}

impl EvalReport {
    /// The row of a task.
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&TaskReport> {
        self.tasks.iter().find(|task| task.task == name)
    }

    /// The rows by the name of their task.
    #[must_use]
    pub fn by_task(&self) -> BTreeMap<&str, &TaskReport> {
        self.tasks.iter().map(|task| (task.task.as_str(), task)).collect()
    }
}
