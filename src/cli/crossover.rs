//! `densimeter crossover`.

use clap::Args;

/// Arguments of `crossover`.
#[derive(Debug, Args)]
pub struct Crossover {}
