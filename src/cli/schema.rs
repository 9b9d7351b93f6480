//! `densimeter schema`.

use clap::Args;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {}
