//! `densimeter fleet`: the same on other machines.

use super::{Outcome, Usage};
use crate::cli::Global;
use crate::cli::fleet::{Action, Fleet};

mod collect;
mod job;
mod run;
mod slurm;
mod status;
mod table;
mod text;

/// Runs the command.
pub(super) fn run(args: &Fleet, global: &Global) -> anyhow::Result<Outcome> {
    if !cfg!(unix) {
        return Err(Usage(
            "fleets are driven from Linux or macOS: this system has no `sh` to reach targets with".to_owned(),
        )
        .into());
    }
    match &args.action {
        Action::Run(args) => run::run(args, global),
        Action::Submit(args) => slurm::submit(args, global),
        Action::Status(args) => status::run(args, global),
        Action::Collect(args) => collect::run(args, global),
    }
}
