//! `densimeter sandbox`.

use super::Outcome;
use crate::cli::{Global, sandbox::Sandbox};

/// Runs the command.
pub(super) fn run(_args: &Sandbox, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`sandbox` is not in this build")
}
