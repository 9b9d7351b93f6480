//! `densimeter models`.

use super::Outcome;
use crate::cli::{Global, models::Models};

/// Runs the command.
pub(super) fn run(_args: &Models, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`models` is not in this build")
}
