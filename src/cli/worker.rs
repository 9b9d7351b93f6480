//! `densimeter worker`.

use clap::Args;

/// Arguments of `worker`.
#[derive(Debug, Args)]
pub(crate) struct Worker {}
