//! The command line as typed: clap derive only, no file or device access.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Measure how much capability a language model packs into a byte and a second of this device.
#[derive(Debug, Parser)]
#[command(name = "densimeter", version, long_version = version::long(), arg_required_else_help = true, propagate_version = true)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print one JSON document on stdout; everything human goes to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress and no notes on stderr (warnings and errors stay)
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Seed of everything random (ChaCha8); printed with the results
    #[arg(long, global = true, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// Also write the reason of a failure into this file: how the target of a fleet tells why it gave nothing
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    pub reason_file: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What should this device run: files of the catalogue that meet limits, best first, each with its receipt
    Recommend(recommend::Recommend),
    /// The main job: probe, fetch, bench, evaluate, density, verdict, report
    Run(run::Run),
    /// Describe this device: CPU, memory, measured bandwidth and compute, sensors, class
    Probe(probe::Probe),
    /// The model catalogue: list, show, fetch, quantize
    Models(models::Models),
    /// Device classes and their histories: list, show, fit, predict, calibrate
    Devices(devices::Devices),
    /// Measure speed, latency, memory and energy of models
    Bench(bench::Bench),
    /// Measure quality: scores and conditional losses, per item
    Eval(eval::Eval),
    /// Effective parameters and capability density
    Density(Box<density::Density>),
    /// Fit the Densing Law and its corollaries
    Law(Box<law::Law>),
    /// When a device class meets a capability
    Crossover(crossover::Crossover),
    /// Is a compressed model denser than its original? Verdicts with statistics, and exit code 3 on a drop
    Audit(Box<audit::Audit>),
    /// Pages, figures and tables of stored reports
    Report(report::Report),
    /// Offer a report to the public record: checked, without what names a person, on a branch that you push
    Share(share::Share),
    /// Two or more reports against the first: differences with intervals, verdicts, and exit code 3 on a loss
    Compare(compare::Compare),
    /// Print the JSON Schema of report.json
    Schema(schema::Schema),
    /// The same on other machines, behind ssh, adb or Slurm: run, submit, status, collect
    Fleet(fleet::Fleet),
    /// Print shell completions
    Completions(completions::Completions),
    /// Print or write the manual as man pages
    Man(man::Man),
    /// The target's side of a fleet
    #[command(hide = true)]
    Agent(agent::Agent),
    /// The measured child process
    #[command(hide = true)]
    Worker(worker::Worker),
    /// The jail for model-written code
    #[command(hide = true)]
    Sandbox(sandbox::Sandbox),
}

pub(crate) mod agent;
pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod crossover;
pub(crate) mod density;
pub(crate) mod devices;
pub(crate) mod eval;
pub(crate) mod fleet;
pub(crate) mod law;
pub(crate) mod llama_bench;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod probe;
pub(crate) mod recommend;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod share;
mod version;
mod words;
pub(crate) mod worker;

/// Turns llama-bench's long options with one dash (`-fa`, `-ub`, `-ctk`, `-ctv`, `-ngl`) into clap's with two.
pub(crate) fn canonical(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    const ONE_DASH: [&str; 7] = ["-fa", "-ub", "-ctk", "-ctv", "-ngl", "-dev", "-nopo"];
    arguments
        .into_iter()
        .map(|argument| match argument.to_str() {
            Some(text) if ONE_DASH.contains(&text.split('=').next().unwrap_or(text)) => format!("-{text}").into(),
            _ => argument,
        })
        .collect()
}
