//! A plan and its journal in a folder: begin, go on, refuse what is another run.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::chosen::Chosen;
use crate::cli::Global;
use crate::cmd::interrupt::interrupted;
use crate::cmd::measure::{Setting, measure};
use crate::cmd::memory::Forecast;
use crate::cmd::report::refuse_stored;
use crate::cmd::{Usage, probe, sustain};
use crate::meter::clock::SystemClock;
use crate::meter::deadline::Deadline;
use crate::meter::load::LoadMeter;
use crate::meter::quiet_wait::QuietWait;
use crate::meter::thermal::ThermalMeter;
use crate::report::bench::BenchReport;
use crate::report::journal::{Entry, FILE, Journal, RunPlan, SCHEMA};
use crate::report::store;
use crate::sysfs::Root;

/// How a plan is carried out.
pub(in crate::cmd) struct Conduct {
    /// Go on with the journal that is there.
    pub(in crate::cmd) resume: bool,
    /// Wait for a cool or quiet machine.
    pub(in crate::cmd) wait: bool,
    /// Seconds of that wait at most.
    pub(in crate::cmd) patience: u64,
    /// Seconds to decode on end after the rows.
    pub(in crate::cmd) sustain: Option<f64>,
    /// When the wait and the rows must be over.
    pub(in crate::cmd) deadline: Option<Deadline>,
}

/// Measures a plan with its journal in a folder and derives the report.
pub(in crate::cmd) fn in_folder(
    folder: &Path,
    plan: &RunPlan,
    models: &[Chosen],
    notes: &[Entry],
    conduct: &Conduct,
    global: &Global,
) -> anyhow::Result<BenchReport> {
    let forecast = Forecast::of(plan, models);
    if let Some(reason) = forecast.hopeless() {
        anyhow::bail!("{reason}");
    }
    // A journal's report is derived and may be written anew; one without a journal is somebody's only copy.
    if !folder.join(FILE).exists() {
        refuse_stored(folder)?;
    }
    let (mut journal, before) = Journal::open(folder)?;
    let mut wanted = open_rows(&before, plan, folder, conduct.resume)?;
    let clock = SystemClock::new();
    journal.append(&Entry::Run {
        schema: SCHEMA,
        run_id: store::run_id(folder),
        started: jiff::Timestamp::now(),
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        plan: Box::new(plan.clone()),
    })?;
    journal.append(&Entry::Device { profile: serde_json::to_value(probe::describe(&Root::system()))? })?;
    for note in notes {
        journal.append(note)?;
    }
    for &row in &wanted {
        if let Some(reason) = &forecast.refused[row] {
            journal.append(&Entry::RowFailed { row, error: reason.clone() })?;
        }
    }
    wanted.retain(|&row| forecast.refused[row].is_none());
    let sustain = conduct.sustain.filter(|seconds| !sustained(&before, *seconds));
    let idle = wanted.is_empty() && sustain.is_none();
    let gate = if conduct.wait && !idle {
        let root = Root::system();
        let gate = QuietWait { timeout: std::time::Duration::from_secs(conduct.patience), ..QuietWait::default() };
        gate.wait(&clock, &ThermalMeter::new(root.clone()), &LoadMeter::of_self(root), &interrupted)
    } else {
        QuietWait::skipped()
    };
    if !idle {
        journal.append(&Entry::Gate { gate })?;
    }
    let paths: Vec<PathBuf> = models.iter().map(|model| model.path.clone()).collect();
    let setting = Setting {
        paths: &paths,
        needs: &forecast.needs,
        available: forecast.available,
        deadline: conduct.deadline.as_ref(),
        quiet: global.quiet,
    };
    measure(plan, &wanted, &setting, &mut journal)?;
    if let Some(seconds) = sustain
        && !interrupted()
    {
        sustain::measure(plan, &models[0].path, seconds, global.quiet, &mut journal)?;
    }
    drop(journal);
    let entries = Journal::read(&folder.join(FILE))?;
    BenchReport::of(&entries).context("the journal holds no run")
}

/// The plan of the run that a journal holds.
pub(super) fn earlier_plan(entries: &[Entry]) -> Option<&RunPlan> {
    entries.iter().find_map(|entry| match entry {
        Entry::Run { plan, .. } => Some(&**plan),
        _ => None,
    })
}

/// Whether the journal holds a whole sustained series of so many seconds.
fn sustained(entries: &[Entry], seconds: f64) -> bool {
    entries.iter().any(|entry| matches!(entry, Entry::Sustain { elapsed_s, .. } if *elapsed_s >= seconds))
}

/// The rows that the journal does not hold yet.
fn open_rows(before: &[Entry], plan: &RunPlan, folder: &Path, resume: bool) -> anyhow::Result<Vec<usize>> {
    let Some(earlier) = earlier_plan(before) else { return Ok((0..plan.rows.len()).collect()) };
    if !resume {
        return Err(Usage(format!(
            "{}: holds a run already; go on with it by --resume, or give another folder with -o",
            folder.display()
        ))
        .into());
    }
    if earlier != plan {
        return Err(Usage(format!(
            "{}: holds another run (models, rows or seed differ); give another folder with -o",
            folder.display()
        ))
        .into());
    }
    let done =
        |row: usize| before.iter().any(|entry| matches!(entry, Entry::RowDone { row: done, .. } if *done == row));
    Ok((0..plan.rows.len()).filter(|&row| !done(row)).collect())
}
