//! `densimeter density`.

use clap::Args;

/// Arguments of `density`.
#[derive(Debug, Args)]
pub struct Density {}
