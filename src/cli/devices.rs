//! `densimeter devices`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `devices`.
#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// What to do with them.
    #[command(subcommand)]
    pub action: Action,
}

/// The actions of `devices`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the classes
    List,
    /// Show a class and the devices of its history
    Show {
        /// Class, as `list` names it
        class: String,
    },
    /// Growth of RAM, bandwidth, compute and price per class: doubling times in years
    Fit {
        /// Only this class
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
        /// Another history (columns of devices/history.csv)
        #[arg(long, value_name = "CSV")]
        history: Option<PathBuf>,
    },
    /// Decode speed of devices nobody measured, with an 80 % interval
    Predict {
        /// Rows to predict: columns mem_bandwidth_gbs, file_gb, backend; others of devices/measured_speed.csv may be there
        #[arg(long, value_name = "CSV", required_unless_present = "leave_one_out")]
        rows: Option<PathBuf>,
        /// Instead, show how the model does on built-in devices, chips and sources it was not shown
        #[arg(long, conflicts_with = "rows")]
        leave_one_out: bool,
    },
    /// Measure a ladder of files here and fit this device's own model: bytes, layers, attention, prefill, memory, k1, k2
    Calibrate(Calibrate),
}

/// Arguments of `devices calibrate`.
#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// Models of the ladder; two tell the cost of a layer from that of a weight
    #[arg(
        short = 'm',
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        default_value = "smollm2-135m-instruct,gemma-3-270m"
    )]
    pub models: Vec<String>,
    /// Formats of every model, all matrices in one type
    #[arg(long = "format", value_name = "FORMATS", value_delimiter = ',', default_value = "F32,F16,Q8_0,Q4_0")]
    pub formats: Vec<String>,
    /// Measure the files as they are, without quantising
    #[arg(long)]
    pub as_is: bool,
    /// Repetitions of every row
    #[arg(short = 'r', long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repetitions: u32,
    /// Threads: a count, or `auto` for the fastest
    #[arg(short = 't', long, value_name = "N", default_value = "auto")]
    pub threads: crate::measure::sweep::Threads,
    /// Where the device model goes (default: where `run` and `crossover` look for it)
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Folder of the measuring run
    #[arg(long, value_name = "DIR")]
    pub run_folder: Option<PathBuf>,
    /// Go on with the run in that folder
    #[arg(long, requires = "run_folder")]
    pub resume: bool,
    /// Do not wait for a cool or quiet machine
    #[arg(long)]
    pub no_wait: bool,
    /// Do not probe bandwidth and compute: no efficiency is given then
    #[arg(long)]
    pub no_probe: bool,
    /// Use only what the cache holds
    #[arg(long)]
    pub offline: bool,
    /// The engine (mock: a deterministic double; results say so)
    #[arg(long, value_name = "ENGINE", default_value = "llama", hide = true)]
    pub engine: super::bench::Engine,
}
