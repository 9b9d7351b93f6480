//! `densimeter fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `fleet`.
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    /// What to do with the fleet
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with a fleet.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Measure on every target at once; a target that fails is one failed row
    Run(Run),
    /// Write and submit an array job that evaluates in shards
    Submit(Submit),
    /// Ask every target what it is doing, and show what became of the runs so far
    Status(Status),
    /// Fetch finished runs that are still on their targets, or merge the shards of an array job
    Collect(Collect),
}

/// Arguments of `fleet run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The inventory (docs/fleet.md)
    #[arg(value_name = "INVENTORY.toml")]
    pub inventory: PathBuf,
    /// Only these targets
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Folder of the reports and of the record [default: reports/fleet/DATE-RUN]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Go on with the fleet in the output folder: targets that are done stay as they are
    #[arg(long, requires = "output")]
    pub resume: bool,
    /// Use only models and data that are already here
    #[arg(long)]
    pub offline: bool,
}

/// Arguments of `fleet submit`.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The inventory with a part named slurm
    #[arg(value_name = "INVENTORY.toml")]
    pub inventory: PathBuf,
    /// Through Slurm's sbatch
    #[arg(long, required = true)]
    pub slurm: bool,
    /// Write the job's script and print it, but submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Use only models and data that are already here
    #[arg(long)]
    pub offline: bool,
}

/// Arguments of `fleet status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The inventory
    #[arg(value_name = "INVENTORY.toml")]
    pub inventory: PathBuf,
    /// Folder of a fleet, to show what became of its targets
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// Arguments of `fleet collect`.
#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// The inventory
    #[arg(value_name = "INVENTORY.toml")]
    pub inventory: PathBuf,
    /// Only these targets
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Folder of the fleet; with a part named slurm, where the merged logs go
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}
