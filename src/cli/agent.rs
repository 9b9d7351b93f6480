//! `densimeter agent`.

use clap::Args;

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub struct Agent {}
