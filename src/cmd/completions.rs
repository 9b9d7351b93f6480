//! `densimeter completions`: the completion script of a shell.

use clap::CommandFactory;

use super::{Outcome, terminal};
use crate::cli::{Cli, Global, completions::Completions};

/// Prints the script.
pub(super) fn run(args: &Completions, _global: &Global) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "densimeter", &mut script);
    terminal::out(&String::from_utf8(script)?)?;
    Ok(Outcome::Done)
}
