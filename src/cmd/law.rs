//! `densimeter law`.

use super::Outcome;
use crate::cli::{Global, law::Law};

/// Runs the command.
pub(super) fn run(_args: &Law, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`law` is not in this build")
}
