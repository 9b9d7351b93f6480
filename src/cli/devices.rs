//! `densimeter devices`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `devices`.
#[derive(Debug, Args)]
pub struct Devices {
    /// What to do with them.
    #[command(subcommand)]
    pub action: Action,
}

/// The actions of `devices`.
#[derive(Debug, Subcommand)]
pub enum Action {
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
}
