//! `densimeter eval`.

use clap::Args;

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct Eval {}
