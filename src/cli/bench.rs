//! `densimeter bench`.

use clap::Args;

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct Bench {}
