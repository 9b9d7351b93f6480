//! `densimeter schema`.

use clap::Args;

/// Arguments of `schema`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Schema {}
