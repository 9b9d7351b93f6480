//! `densimeter recommend`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::words;
use crate::engine::KvType;
use crate::recommend::limits::Use;

/// Arguments of `recommend`.
#[derive(Debug, Args)]
pub(crate) struct Recommend {
    /// A device of devices/history.csv, a class, a report or device model, or numbers as ram=16G,bandwidth=100[,class=sbc][,backend=cpu] (default: `here`, this one)
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// The reverse: what a device must have for this model; --device may then name a class (default: desktop)
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["memory", "offline", "wanted_for", "md", "top"])]
    pub need: Option<String>,
    /// Read this machine's memory anew, in place of the bandwidth that was kept (measure when it is quiet)
    #[arg(long, conflicts_with_all = ["device", "need"])]
    pub probe: bool,
    /// Fetch the first pick, time it here, compare, and let every later answer for this device rest on it
    #[arg(long, conflicts_with_all = ["device", "need"])]
    pub verify: bool,
    /// Least decode speed in tokens per second (default: the class's)
    #[arg(long, value_name = "TPS", allow_hyphen_values = true, value_parser = words::above_zero)]
    pub min_tps: Option<f64>,
    /// Longest time to the first token in seconds (default: told, not judged)
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true, value_parser = words::above_zero)]
    pub max_ttft: Option<f64>,
    /// Prompt in tokens (default: the class's)
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub prompt: Option<u32>,
    /// Context to hold, in tokens (default: 4096, and never less than prompt and answer)
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub context: Option<u32>,
    /// Type of the key and value cache: f32, f16, bf16, q8_0, q4_0, q4_1, iq4_nl, q5_0, q5_1
    #[arg(long, value_name = "TYPE", default_value_t = KvType::F16)]
    pub cache: KvType,
    /// Memory that a model may take, as 6G (default: the class's share of the device's)
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Only licences with these words
    #[arg(long, value_name = "WORDS")]
    pub licence: Option<String>,
    /// Only families or ids with these words
    #[arg(long, value_name = "WORDS")]
    pub family: Option<String>,
    /// Only base models, or only those tuned to instructions
    #[arg(long, value_name = "KIND", value_parser = ["base", "instruct"])]
    pub kind: Option<String>,
    /// What the best is best for: a class of task
    #[arg(long = "use", value_name = "TASK", value_parser = words::uses())]
    pub wanted_for: Option<Use>,
    /// An audit of yours (`audit --json`): what its format costs comes before the published pairs
    #[arg(long, value_name = "FILE", conflicts_with = "need")]
    pub audit: Vec<PathBuf>,
    /// Only files that are in the cache
    #[arg(long)]
    pub offline: bool,
    /// Picks to show
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub top: u32,
    /// A Markdown table
    #[arg(long, conflicts_with = "json")]
    pub md: bool,
    /// The day that counts as today (default: the clock's)
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
}
