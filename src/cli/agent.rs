//! `densimeter agent`.

use clap::Args;

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub(crate) struct Agent {}
