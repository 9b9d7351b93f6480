//! `densimeter crossover`.

use super::Outcome;
use crate::cli::{Global, crossover::Crossover};

/// Runs the command.
pub(super) fn run(_args: &Crossover, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`crossover` is not in this build")
}
