//! `densimeter man`: the manual, made of what `--help` says.

use anyhow::Context;
use clap::CommandFactory;

use super::{Outcome, terminal};
use crate::cli::{Cli, Global, man::Man};

/// Prints or writes the pages.
pub(super) fn run(args: &Man, global: &Global) -> anyhow::Result<Outcome> {
    let Some(folder) = &args.output else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        terminal::out(&String::from_utf8(page)?)?;
        return Ok(Outcome::Done);
    };
    let failed = || format!("{}: cannot hold the pages", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(failed)?;
    if !global.quiet {
        terminal::note(&format!("pages: {}; `man -l {}`", folder.display(), folder.join("densimeter.1").display()));
    }
    Ok(Outcome::Done)
}
