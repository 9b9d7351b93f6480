//! `densimeter probe`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// Describe only; do not measure bandwidth and compute
    #[arg(long)]
    pub no_measure: bool,
    /// Describe the machine whose /proc and /sys lie below this directory (implies --no-measure)
    #[arg(long, value_name = "DIR", hide = true)]
    pub root: Option<PathBuf>,
}
