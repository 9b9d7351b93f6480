//! `densimeter run`: the main job.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::bench::Engine;
use super::words::above_zero as seconds_above_zero;
use crate::engine::FlashAttention;

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Run {
    /// The model: a catalogue id, a GGUF path, or hf:owner/repo/file.gguf [default: the catalogue's default]
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// A few minutes: threads without a ladder, shapes that fit the budget, a few items of each task
    #[arg(long)]
    pub quick: bool,
    /// Folder of the report [default: reports/DEVICE/DATE-RUN]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Go on with the interrupted run in the output folder
    #[arg(long, requires = "output")]
    pub resume: bool,
    /// Benchmark data in the layout of `eval --data` [default: $DENSIMETER_DATA, else fetched into the cache]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Flash attention of bench and evaluation: auto, on (1) or off (0) (-fa)
    #[arg(long = "fa", alias = "flash-attn", value_name = "WHEN", default_value_t = FlashAttention::Auto, allow_hyphen_values = true)]
    pub flash_attention: FlashAttention,
    /// Do not evaluate quality
    #[arg(long)]
    pub no_eval: bool,
    /// Decode for so many seconds on end after the evaluation: burst and sustained speed side by side [default: 300 on
    /// phones, tablets and single-board computers, elsewhere none]
    #[arg(long, value_name = "S", value_parser = seconds_above_zero, conflicts_with = "no_sustain")]
    pub sustain: Option<f64>,
    /// No sustained leg
    #[arg(long)]
    pub no_sustain: bool,
    /// Begin without waiting for a cool or quiet machine
    #[arg(long)]
    pub no_wait: bool,
    /// Use only what is already in the cache
    #[arg(long)]
    pub offline: bool,
    /// Five scores for a density on the mock engine, labelled as such
    #[arg(long, value_name = "SCORES", hide = true)]
    pub mock_scores: Option<String>,
    /// Take the data as they are, without comparing them with the published ones
    #[arg(long, requires = "data", hide = true)]
    pub unpinned_data: bool,
    /// Take the machine for the one whose /proc and /sys lie below this directory; nothing of that one is probed
    #[arg(long, value_name = "DIR", hide = true)]
    pub root: Option<PathBuf>,
    /// The day that counts as today (default: the clock's)
    #[arg(long, value_name = "DATE", hide = true)]
    pub today: Option<Date>,
    /// The engine (mock: a deterministic double; results say so)
    #[arg(long, value_name = "ENGINE", default_value = "llama", hide = true)]
    pub engine: Engine,
}
