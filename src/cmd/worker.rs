//! `densimeter worker`.

use super::Outcome;
use crate::cli::{Global, worker::Worker};

/// Runs the command.
pub(super) fn run(_args: &Worker, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`worker` is not in this build")
}
