//! `densimeter devices`.

use super::Outcome;
use crate::cli::{Global, devices::Devices};

/// Runs the command.
pub(super) fn run(_args: &Devices, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`devices` is not in this build")
}
