//! `densimeter board`.

use clap::Args;

/// Arguments of `board`.
#[derive(Debug, Args)]
pub struct Board {}
