//! `densimeter eval`.

use super::Outcome;
use crate::cli::{Global, eval::Eval};

/// Runs the command.
pub(super) fn run(_args: &Eval, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`eval` is not in this build")
}
