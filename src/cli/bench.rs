//! `densimeter bench`: llama-bench's flags where they mean the same.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::engine::{FlashAttention, KvType};
use crate::measure::sweep::Threads;

/// Most tokens of a prompt, a generation or a depth; sums of two stay far inside the engine's 32-bit positions.
const MAX_TOKENS: u32 = 1 << 24;

/// Most tokens of a batch: the engine reserves room for all of them.
const MAX_BATCH: i64 = 1 << 20;

/// Most requests at once: each is a thread and a connection.
const MAX_CONCURRENCY: i64 = 64;

/// Most seconds of a request.
const MAX_TIMEOUT: i64 = 86_400;

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Bench {
    /// Models: catalogue ids, GGUF paths, or hf:owner/repo/file.gguf; with --url the server's name of its model
    #[arg(short, long = "model", value_name = "MODEL", num_args = 1.., value_delimiter = ',')]
    pub models: Vec<String>,
    /// Prompt tokens to time; 0 for none
    #[arg(short = 'p', long, value_name = "N", value_delimiter = ',', default_value = "512", value_parser = tokens)]
    pub n_prompt: Vec<u32>,
    /// Generated tokens to time; 0 for none
    #[arg(short = 'n', long, value_name = "N", value_delimiter = ',', default_value = "128", value_parser = tokens)]
    pub n_gen: Vec<u32>,
    /// Tokens already in the cache
    #[arg(short = 'd', long, value_name = "N", value_delimiter = ',', default_value = "0", value_parser = tokens)]
    pub n_depth: Vec<u32>,
    /// Repetitions of every row, exactly; without it: 5, and more until --min-time is met
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub repetitions: Option<u32>,
    /// Seconds on the clock of every row, at least [default: 10 without -r, 0 with it]
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub min_time: Option<f64>,
    /// Threads, or `auto`: a short ladder finds the fastest count
    #[arg(short, long, value_name = "N", value_delimiter = ',', default_value = "auto")]
    pub threads: Vec<Threads>,
    /// Logical batch size
    #[arg(short, long, value_name = "N", value_delimiter = ',', default_value = "2048", value_parser = clap::value_parser!(u32).range(1..=MAX_BATCH))]
    pub batch_size: Vec<u32>,
    /// Physical batch size (-ub)
    #[arg(long, visible_alias = "ub", value_name = "N", value_delimiter = ',', default_value = "512", value_parser = clap::value_parser!(u32).range(1..=MAX_BATCH))]
    pub ubatch_size: Vec<u32>,
    /// Flash attention (-fa): auto, on (1) or off (0)
    #[arg(
        long,
        visible_alias = "fa",
        value_name = "WHEN",
        value_delimiter = ',',
        default_value = "auto",
        allow_hyphen_values = true
    )]
    pub flash_attn: Vec<FlashAttention>,
    /// Type of the key cache (-ctk)
    #[arg(long, visible_alias = "ctk", value_name = "TYPE", value_delimiter = ',', default_value = "f16")]
    pub cache_type_k: Vec<KvType>,
    /// Type of the value cache (-ctv)
    #[arg(long, visible_alias = "ctv", value_name = "TYPE", value_delimiter = ',', default_value = "f16")]
    pub cache_type_v: Vec<KvType>,
    /// Layers on a GPU (-ngl)
    #[arg(long, visible_alias = "ngl", value_name = "N", value_delimiter = ',', default_value = "0")]
    pub n_gpu_layers: Vec<u32>,
    /// Devices that may take part beside the CPU (-dev): names of --list-devices joined by `/`, or none; a comma begins
    /// another row. Without it the engine chooses
    #[arg(long, visible_alias = "dev", value_name = "DEVICES", value_delimiter = ',')]
    pub device: Vec<Devices>,
    /// Leave large multiplications of layers on the CPU to the CPU (-nopo): 1, or 0; without it 0 with -ngl above 0, else 1
    #[arg(long, visible_alias = "nopo", value_name = "0|1", value_delimiter = ',', value_parser = switch)]
    pub no_op_offload: Vec<bool>,
    /// Decode for so many seconds on end and draw the throttling curve
    #[arg(long, value_name = "S", value_parser = seconds, conflicts_with = "url")]
    pub sustain: Option<f64>,
    /// Also look whether a repeated prompt is faster than a new one: three more repetitions of every row
    #[arg(long, conflicts_with = "url")]
    pub audit: bool,
    /// Exit with an error when a row is invalid
    #[arg(long)]
    pub strict: bool,
    /// Begin without waiting for a cool or quiet machine
    #[arg(long)]
    pub no_wait: bool,
    /// Keep the journal and the report in this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Go on with the journal in the output folder
    #[arg(long, requires = "output", conflicts_with = "url")]
    pub resume: bool,
    /// Print CSV on stdout
    #[arg(long, conflicts_with_all = ["json", "md", "url"])]
    pub csv: bool,
    /// Print Markdown on stdout
    #[arg(long, conflicts_with = "json")]
    pub md: bool,
    /// List the devices that this build can compute on, and end
    #[arg(long, conflicts_with = "url")]
    pub list_devices: bool,
    #[command(flatten)]
    pub server: Box<Server>,
    /// Use only what is already in the cache
    #[arg(long)]
    pub offline: bool,
    /// The engine (mock: a deterministic double; results say so)
    #[arg(long, value_name = "ENGINE", default_value = "llama", hide = true)]
    pub engine: Engine,
}

/// What is asked of a server instead of the engine.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Through a server")]
pub(crate) struct Server {
    /// Measure the model of an OpenAI-compatible server, e.g. http://127.0.0.1:8080/v1; a key is taken from
    /// DENSIMETER_API_KEY
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Requests at once: every prompt and generation is a row for each [default: 1,2,4,8]
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "url", value_parser = clap::value_parser!(u32).range(1..=MAX_CONCURRENCY))]
    pub concurrency: Vec<u32>,
    /// The same model in this program's engine beside it, for the ratio: a catalogue id or a GGUF path
    #[arg(long, value_name = "MODEL", requires = "url")]
    pub beside: Option<String>,
    /// Seconds that a request may take
    #[arg(long, value_name = "S", default_value = "600", requires = "url", value_parser = clap::value_parser!(u32).range(1..=MAX_TIMEOUT))]
    pub timeout: u32,
}

/// The engine as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// llama.cpp.
    Llama,
    /// The deterministic double.
    Mock,
}

/// Devices as typed; none of them is the CPU alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Devices(pub Vec<String>);

impl FromStr for Devices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<String> = text.split('/').map(|name| name.trim().to_owned()).collect();
        match names.as_slice() {
            [one] if one == "none" => Ok(Self(Vec::new())),
            _ if names.iter().all(|name| !name.is_empty() && name != "none") => Ok(Self(names)),
            _ => Err(format!("'{text}' names no devices: give Vulkan0, Vulkan0/Vulkan1, or none")),
        }
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("'{text}' is neither 0 nor 1")),
    }
}

fn tokens(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|tokens| *tokens <= MAX_TOKENS)
        .ok_or_else(|| format!("'{text}' is not a number of tokens from 0 to {MAX_TOKENS}"))
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .ok_or_else(|| format!("'{text}' is not a number of seconds"))
}
