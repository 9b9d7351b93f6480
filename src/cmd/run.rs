//! `densimeter run`.

use super::Outcome;
use crate::cli::{Global, run::Run};

/// Runs the command.
pub(super) fn run(_args: &Run, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`run` is not in this build")
}
