//! `densimeter probe`.

use super::Outcome;
use crate::cli::{Global, probe::Probe};

/// Runs the command.
pub(super) fn run(_args: &Probe, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`probe` is not in this build")
}
