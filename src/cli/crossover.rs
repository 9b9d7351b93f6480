//! `densimeter crossover`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::words;
use crate::crossover::target::USUAL;
use crate::crossover::target_edge::EDGE_USUAL;
use crate::density::reference_family::DensityFamily;

/// Possible worlds, unless others are asked for.
const WORLDS: u32 = crate::law::arrival::draws::DRAWS as u32;

/// Arguments of `crossover`.
#[derive(Debug, Args)]
pub(crate) struct Crossover {
    /// Only these device classes (default: all); phone-gpu, phone-npu, sbc-gpu and sbc-npu are a class on another processor
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    pub class: Vec<String>,
    /// Instead of a class, this device (`here`: as calibrated, or as `recommend --verify` timed it), the report of a run, or a
    /// device model of `densimeter devices calibrate`; it grows as its class (or the one `--class`) does
    #[arg(long, value_name = "FILE")]
    pub device: Option<PathBuf>,
    /// Capabilities: gpt-3.5, gpt-4, gpt-4o, another name of models/capabilities.csv or models/releases.csv, score=PERCENT or params=COUNT; with --family edge a model of models/edge_releases.csv or params=COUNT
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = USUAL, default_value_if("family", DensityFamily::Edge.name(), EDGE_USUAL))]
    pub capability: Vec<String>,
    /// The family that levels are of
    #[arg(long, value_parser = words::families(), default_value = DensityFamily::Xiao2025.name())]
    pub family: DensityFamily,
    /// Least decode speed in tokens per second (default: the class's)
    #[arg(long, value_name = "TPS")]
    pub min_tps: Option<f64>,
    /// Longest time to the first token in seconds (default: the class's)
    #[arg(long, value_name = "SECONDS")]
    pub max_ttft: Option<f64>,
    /// Prompt in tokens (default: the class's)
    #[arg(long, value_name = "TOKENS")]
    pub prompt: Option<u32>,
    /// Growth of the hardware from devices released on this date or later
    #[arg(long, value_name = "DATE", default_value = "2016-01-01")]
    pub since: Date,
    /// The day that counts as today (default: the clock's)
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
    /// Your own audits (`densimeter audit --json`) of files in the formats asked for: what a format costs is drawn towards them
    #[arg(long, value_name = "FILE")]
    pub audit: Vec<PathBuf>,
    /// Possible worlds behind each probability and date
    #[arg(long, value_name = "N", default_value_t = WORLDS, value_parser = clap::value_parser!(u32).range(50..=10_000))]
    pub resamples: u32,
    /// How far each date moves with what one may doubt; a single row tells it in any case
    #[arg(long)]
    pub sensitivity: bool,
}
