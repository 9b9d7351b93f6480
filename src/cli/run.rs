//! `densimeter run`.

use clap::Args;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {}
