//! `densimeter schema`.

use super::{Outcome, terminal};
use crate::cli::{Global, schema::Schema};
use crate::report::schema;

/// Runs the command.
pub(super) fn run(_args: &Schema, _global: &Global) -> anyhow::Result<Outcome> {
    terminal::out(&schema::COMMITTED)?;
    Ok(Outcome::Done)
}
