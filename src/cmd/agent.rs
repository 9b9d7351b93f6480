//! `densimeter agent` (hidden): the target's side of a fleet. It speaks the protocol of [`crate::fleet`] on its pipes.

use std::io::{BufReader, stdin, stdout};
use std::path::Path;

use super::Outcome;
use crate::cli::{Global, agent::Agent};
use crate::fleet::agent::serve;

/// Serves one request in the working folder.
pub(super) fn run(_args: &Agent, _global: &Global) -> anyhow::Result<Outcome> {
    let program = std::env::current_exe()?;
    serve(Box::new(BufReader::new(stdin())), &mut stdout().lock(), Path::new("."), program)?;
    Ok(Outcome::Done)
}
