//! `densimeter probe`.

use clap::Args;

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub struct Probe {}
