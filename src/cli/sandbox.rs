//! `densimeter sandbox`.

use clap::Args;

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {}
