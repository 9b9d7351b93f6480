//! `densimeter audit`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::bench::Engine;

/// Arguments of `audit`.
#[derive(Debug, Clone, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["models", "pairs", "ladder", "rank"]),
    after_help = "Verdicts: dropped (the upper bound of the ratio lies below 1), gained (the lower bound above), held (the \
whole interval within the margin), else undecided. The family of all tests of a call has a one-sided error rate of 5 % \
(Holm). Exit code 3 when a verdict of the kind asked for is `dropped`.\n\nExamples:\n  \
densimeter audit gemma-3-270m gemma-3-270m-q2.gguf --sequential\n  \
densimeter audit original.gguf pruned.gguf quantised.gguf --by memory --junit audit.xml --github\n  \
densimeter audit --pairs pairs.csv\n  \
densimeter audit --ladder gemma-3-270m\n  \
densimeter audit --rank a-Q4_K_M.gguf b-Q4_K_M.gguf c-Q4_K_M.gguf --reference original.gguf"
)]
pub(crate) struct Audit {
    /// The original, then the compressed models: catalogue ids, paths to GGUF files, or hf:owner/repo/file.gguf
    #[arg(value_name = "ORIGINAL COMPRESSED")]
    pub models: Vec<String>,
    /// Published pairs: a CSV of densities or of scores
    #[arg(long, value_name = "CSV")]
    pub pairs: Option<PathBuf>,
    /// Requantise this model step by step and compare each with it
    #[arg(long, value_name = "MODEL")]
    pub ladder: Option<String>,

    /// Which of these files of one model is the good one: measured against --reference, else against that of most bits per weight
    #[arg(long, value_name = "FILE", num_args = 1..,
        conflicts_with_all = ["by", "margin", "loss_margin", "sequential", "unrelated", "junit", "github"])]
    pub rank: Vec<String>,

    /// The density that the verdict and the exit code are about
    #[arg(long, value_enum, default_value_t = By::Params)]
    pub by: By,
    /// A density ratio within 1 ± this is no change
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub margin: f64,
    /// A loss ratio within 1 ± this is no change
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub loss_margin: f64,
    /// Look after every twentieth of the items and stop as soon as the verdict is sure
    #[arg(long)]
    pub sequential: bool,
    /// Bootstrap resamples
    #[arg(long, value_name = "N", default_value_t = 9999, value_parser = clap::value_parser!(u32).range(999..=1_000_000))]
    pub resamples: u32,
    /// Compare models that are not known to stem from one another
    #[arg(long)]
    pub unrelated: bool,
    /// With --rank: the file that the others are compared with [default: that of most bits per weight]; else a reference family fitted to
    /// losses over the same gold texts (see `density --write-reference`), which gives densities from losses
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// Tasks, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TASKS", default_value = "mmlu,bbh,math,humaneval,mbpp")]
    pub task: Vec<String>,
    /// A task of your own instead of these (docs/own-tasks.md)
    #[arg(long, value_name = "TOML", conflicts_with_all = ["task", "data"])]
    pub task_file: Option<PathBuf>,
    /// Items a task, drawn within subjects, tasks and levels in proportion to their sizes
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "items", value_parser = clap::value_parser!(u32).range(2..))]
    pub limit: u32,
    /// The items whose ids stand in this file, one a line
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Losses only, no answers
    #[arg(long, conflicts_with = "generate")]
    pub loss_only: bool,
    /// Write out answers even where the original's MMLU score is at chance
    #[arg(long)]
    pub generate: bool,
    /// Folder with the benchmarks [default: $DENSIMETER_DATA, else downloaded into the cache]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Take the data as they are, without comparing them with the published ones
    #[arg(long, requires = "data")]
    pub unpinned_data: bool,

    /// Tokens at which the whole distributions are compared (0: not at all)
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub kl_tokens: u32,
    /// Do not time the models: no density by inference time
    #[arg(long)]
    pub no_speed: bool,
    /// Tokens of the prompt, for the density by time
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    pub n_in: f64,
    /// Tokens generated, for the density by time
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub n_out: f64,
    /// Threads [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,

    /// Formats of the ladder, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "FORMATS",
        requires = "ladder",
        default_value = "F16,Q8_0,Q6_K,Q5_K_M,Q4_K_M,Q4_0,Q3_K_M,Q2_K,IQ4_XS"
    )]
    pub rungs: Vec<String>,

    /// Folder of the item logs; a second audit with the same folder takes up what is there [default: in the state directory]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the verdicts as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the verdicts as Markdown, with the figures as SVG beside it
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Print GitHub annotations (to stderr with --json)
    #[arg(long)]
    pub github: bool,
    /// Use only what is already in the cache
    #[arg(long)]
    pub offline: bool,
    /// Run model-written code without isolation where this host offers none (dangerous)
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
    /// The engine (mock: a deterministic double; results say so)
    #[arg(long, value_name = "ENGINE", default_value = "llama", hide = true)]
    pub engine: Engine,
}

/// What the effective parameters are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Parameters
    Params,
    /// Bytes of the weights
    Memory,
    /// Seconds of inference on this device
    Time,
}
