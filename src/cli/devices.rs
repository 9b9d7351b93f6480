//! `densimeter devices`.

use clap::Args;

/// Arguments of `devices`.
#[derive(Debug, Args)]
pub struct Devices {}
