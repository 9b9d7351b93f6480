//! `densimeter schema`.

use super::Outcome;
use crate::cli::{Global, schema::Schema};

/// Runs the command.
pub(super) fn run(_args: &Schema, _global: &Global) -> anyhow::Result<Outcome> {
    anyhow::bail!("`schema` is not in this build")
}
