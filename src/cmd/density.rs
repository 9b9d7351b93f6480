//! `densimeter density`.

use super::Outcome;
use crate::cli::{Global, density::Density};

/// Runs the command.
pub(super) fn run(_args: &Density, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`density` is not in this build")
}
