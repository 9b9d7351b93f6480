//! `densimeter man`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder (`densimeter.1`, `densimeter-run.1`, …); without it the first page goes to
    /// stdout
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
