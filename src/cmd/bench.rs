//! `densimeter bench`.

use super::Outcome;
use crate::cli::{Global, bench::Bench};

/// Runs the command.
pub(super) fn run(_args: &Bench, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`bench` is not in this build")
}
