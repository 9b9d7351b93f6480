//! `densimeter run`: probe, fetch, bench, evaluate, density, crossover, verdicts, report.

use std::path::Path;

use super::progress::Terminal;
use super::today::today;
use super::{Outcome, Usage, bench, terminal};
use crate::cli::{Global, run::Run};
use crate::measure::device;
use crate::model::catalog;
use crate::process::interrupt::{self, interrupted};
use crate::report::rendering::PAGE;
use crate::report::run::RunReport;
use crate::report::text::card::card;
use crate::run::error::RunError;
use crate::run::job;
use crate::run::plan::{MainPlan, default_folder, usual_sustain};
use crate::sysfs::Root;

mod mock_scores;

/// Runs the command.
pub(super) fn run(args: &Run, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    if let Some(data) = args.data.as_ref().filter(|data| !args.no_eval && !data.is_dir()) {
        return Err(Usage(format!("--data {}: no such folder", data.display())).into());
    }
    let plan = plan(args, global)?;
    let report = job::run(&plan, &Terminal::new(global.quiet))?;
    show(&report, &plan.folder, global)?;
    if !global.quiet {
        terminal::note(&format!("report: {}", plan.folder.join(PAGE).display()));
    }
    // A signal that came when everything was written interrupted nothing: such a folder cannot be gone on with.
    if interrupted() && !report.complete {
        return Err(RunError::Interrupted(plan.folder).into());
    }
    let failed = report.bench.as_ref().is_some_and(|bench| bench.failed_rows() > 0);
    Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
}

fn plan(args: &Run, global: &Global) -> anyhow::Result<MainPlan> {
    let profile = device::describe(&args.root.as_deref().map_or_else(Root::system, Root::at));
    Ok(MainPlan {
        model: match &args.model {
            Some(name) => name.clone(),
            None => catalog::default_model()?.id,
        },
        engine: bench::kind(args.engine),
        quick: args.quick,
        flash_attention: args.flash_attention,
        evaluate: !args.no_eval,
        sustain: (!args.no_sustain).then(|| args.sustain.or_else(|| usual_sustain(&profile))).flatten(),
        wait: !args.no_wait,
        data: args.data.clone(),
        unpinned_data: args.unpinned_data,
        offline: args.offline,
        resume: args.resume,
        folder: args.output.clone().unwrap_or_else(|| default_folder(&profile)),
        profile,
        here: args.root.is_none(),
        today: today(args.today)?,
        seed: global.seed,
        mock_scores: mock_scores::of(args)?,
    })
}

/// Shows the report: the numbers and what follows on one screen, and what tells the rest.
fn show(report: &RunReport, folder: &Path, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(report);
    }
    terminal::out(&card(report, &format!("densimeter report {}", folder.display())))
}
