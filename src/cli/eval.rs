//! `densimeter eval`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::bench::Engine;
use crate::engine::{FlashAttention, KvType};
use crate::eval::chat::settings::Switch;
use crate::eval::shard::Shard;

/// Arguments of `eval`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Eval {
    /// Catalogue id, path to a GGUF, or hf:owner/repo/file.gguf
    #[arg(short, long, value_name = "MODEL", required_unless_present = "responses")]
    pub model: Option<String>,
    /// Tasks, separated by commas; `edge` stands for the eight cloze tasks: arc_easy, arc_challenge, hellaswag, piqa, csqa,
    /// social_iqa, openbookqa, mmlu_cloze; further ones: gsm8k, ifeval
    #[arg(long, value_delimiter = ',', value_name = "TASKS", default_value = "mmlu,bbh,math,humaneval,mbpp")]
    pub task: Vec<String>,
    /// Items a task, drawn within subjects, tasks and levels in proportion to their sizes; of a cloze task the first ones of
    /// its fixed order, so that --resume with a larger number goes on
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with_all = ["full", "items"],
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub limit: usize,
    /// Every item of the tasks
    #[arg(long, conflicts_with = "items")]
    pub full: bool,
    /// The items whose ids stand in this file, one a line, each alone or with its task as piqa:147
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Items with worked reasoning instead of the tasks (JSON Lines of the shape of openbmb/DensingLaw-ScalingBench):
    /// their loss is of the kind that `density --loss` takes
    #[arg(long, value_name = "FILE", requires = "loss_only", conflicts_with_all = ["task", "data", "items"])]
    pub reasoned: Option<PathBuf>,
    /// A task of your own instead of these (docs/own-tasks.md)
    #[arg(long, value_name = "TOML", conflicts_with_all = ["task", "data", "reasoned"])]
    pub task_file: Option<PathBuf>,
    /// Grade answers that were made elsewhere instead of running a model: JSON Lines of {"id": …, "response": …}
    #[arg(long, value_name = "FILE", conflicts_with_all =
        ["model", "limit", "full", "reasoned", "chat", "think", "think_budget", "loss_only", "exact", "out", "resume", "shard",
        "leave_code"])]
    pub responses: Option<PathBuf>,
    /// Ask in a chat, by the template of the model's file: on, off, or auto: gsm8k and ifeval of an instruct model, own tasks
    /// that say so; the other tasks are base completion, the protocol of densities (docs/chat.md)
    #[arg(long, value_name = "WHEN", default_value_t = Switch::Auto)]
    pub chat: Switch,
    /// What a chat's template is told of thinking; auto: nothing, which leaves it to the template
    #[arg(long, value_name = "WHEN", default_value_t = Switch::Auto)]
    pub think: Switch,
    /// Most tokens of a thought, on top of those of the answer
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(1..=131_072))]
    pub think_budget: u32,
    /// Only the loss of the gold continuations, no predictions
    #[arg(long)]
    pub loss_only: bool,
    /// Bit-identical to evaluation from scratch: one sequence, prefixes cut to multiples of 32, full sliding-window cache
    #[arg(long)]
    pub exact: bool,
    /// Evaluate every prompt from its first token (to compare with; slow)
    #[arg(long, hide = true)]
    pub no_share: bool,
    /// Flash attention: auto, on (1) or off (0) (-fa); with --exact `auto` is off
    #[arg(long = "fa", alias = "flash-attn", value_name = "WHEN", default_value_t = FlashAttention::Auto, allow_hyphen_values = true)]
    pub flash_attention: FlashAttention,
    /// Key cache type: f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0, q5_1 (-ctk)
    #[arg(long = "ctk", alias = "cache-type-k", value_name = "TYPE", default_value_t = KvType::F16)]
    pub type_k: KvType,
    /// Value cache type (-ctv)
    #[arg(long = "ctv", alias = "cache-type-v", value_name = "TYPE", default_value_t = KvType::F16)]
    pub type_v: KvType,
    /// Full cache for sliding-window layers
    #[arg(long, action = ArgAction::SetTrue)]
    pub swa_full: bool,
    /// Tokens computed at once (-ub)
    #[arg(long = "ub", alias = "ubatch-size", value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(32..=8192))]
    pub n_ubatch: u32,
    /// Threads [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Layers on a GPU (-ngl)
    #[arg(long = "ngl", alias = "n-gpu-layers", value_name = "N", default_value_t = 0)]
    pub n_gpu_layers: u32,
    /// Texts generated side by side
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=32))]
    pub parallel: u32,
    /// Most items a task evaluated a second time in exact mode, to measure the noise of the fast mode: a quarter of 16 or
    /// more, and the others only where it could matter to an interval
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub noise_items: usize,
    /// Folder with the benchmarks [default: $DENSIMETER_DATA, else downloaded into the cache]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Take the data as they are, without comparing them with the published ones
    #[arg(long, requires = "data")]
    pub unpinned_data: bool,
    /// Folder of the item logs, one file a task
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the logs in the folder
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Only one share of the items, K of N from 0, into a log that `fleet collect` merges with the others
    #[arg(long, value_name = "K/N", requires = "out")]
    pub shard: Option<Shard>,
    /// Do not time plain prefill first: no ETA before the run, and no share of the machine's own speed after it
    #[arg(long)]
    pub no_own_speed: bool,
    /// Write programs but do not run them: score the log elsewhere with `densimeter sandbox --score`
    #[arg(long, conflicts_with = "loss_only")]
    pub leave_code: bool,
    /// Run model-written code without isolation where this host offers none (dangerous)
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
    /// Use only what is already in the cache
    #[arg(long)]
    pub offline: bool,
    /// The engine (mock: a deterministic double; results say so)
    #[arg(long, value_name = "ENGINE", default_value = "llama", hide = true)]
    pub engine: Engine,
}

impl Eval {
    /// The model as it was typed; nothing where answers come from a file.
    pub(crate) fn model_name(&self) -> &str {
        self.model.as_deref().unwrap_or_default()
    }
}
