//! `densimeter law`.

use clap::Args;

/// Arguments of `law`.
#[derive(Debug, Args)]
pub struct Law {}
