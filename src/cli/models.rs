//! `densimeter models`.

use clap::Args;

/// Arguments of `models`.
#[derive(Debug, Args)]
pub struct Models {}
