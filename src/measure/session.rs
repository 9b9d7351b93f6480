//! A plan and its journal in a folder: begin, go on, refuse what is another run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::bench_report::BenchReport;
use super::device;
use super::error::MeasureError;
use super::interleave::{Setting, measure};
use super::journal::{Entry, FILE, Journal, RunPlan, SCHEMA};
use super::memory_need::MemoryNeed;
use super::model_file::ModelFile;
use super::sustain;
use crate::file::run_folder;
use crate::meter::clock::{self, SystemClock};
use crate::meter::deadline::Deadline;
use crate::meter::load::LoadMeter;
use crate::meter::quiet_wait::QuietWait;
use crate::meter::thermal::ThermalMeter;
use crate::observer::Observer;
use crate::sysfs::Root;

/// How a plan is carried out.
#[derive(Debug, Default)]
pub struct SessionOptions {
    /// Go on with the journal that is there.
    pub resume: bool,
    /// Wait for a cool or quiet machine.
    pub wait: bool,
    /// Seconds of that wait at most.
    pub patience: u64,
    /// Whether repetitions are followed by such with a prompt of their own.
    pub audit: bool,
    /// Seconds to decode on end after the rows.
    pub sustain: Option<f64>,
    /// When the wait and the rows must be over.
    pub deadline: Option<Deadline>,
}

/// Measures a plan with its journal in a folder and derives the report.
///
/// # Errors
/// A folder that holds another run, a plan that does not fit into memory, a journal that cannot be written. A row that
/// fails is a row of the report.
pub fn run_session(
    folder: &Path,
    plan: &RunPlan,
    models: &[ModelFile],
    notes: &[Entry],
    options: &SessionOptions,
    observer: &dyn Observer,
) -> Result<BenchReport, MeasureError> {
    let need = MemoryNeed::of(plan, models);
    need.refuse_hopeless()?;
    // A journal's report is derived and may be written anew; one without a journal is somebody's only copy.
    if !folder.join(FILE).exists() {
        refuse_stored(folder)?;
    }
    let (mut journal, before) = Journal::open(folder)?;
    let mut wanted = open_rows(&before, plan, folder, options.resume)?;
    let clock = SystemClock::new();
    let started = jiff::Timestamp::now();
    journal.append(&Entry::Run {
        schema: SCHEMA,
        run_id: run_folder::run_id(folder),
        started,
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        plan: Box::new(plan.clone()),
    })?;
    journal.append(&Entry::Device { profile: Box::new(device::describe(&Root::system()).into()) })?;
    for note in notes {
        journal.append(note)?;
    }
    if let Some(text) = clock::never_set(started) {
        journal.append(&Entry::Note { text })?;
    }
    for &row in &wanted {
        if let Some(reason) = &need.refused[row] {
            journal.append(&Entry::RowFailed { row, error: reason.clone() })?;
        }
    }
    wanted.retain(|&row| need.refused[row].is_none());
    let sustain = options.sustain.filter(|seconds| !sustained(&before, *seconds));
    let idle = wanted.is_empty() && sustain.is_none();
    let gate = if options.wait && !idle {
        let root = Root::system();
        let gate = QuietWait { timeout: Duration::from_secs(options.patience), ..QuietWait::default() };
        let interrupted = || observer.interrupted();
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
        needs: &need.needs,
        available: need.available,
        audit: options.audit,
        deadline: options.deadline.as_ref(),
        observer,
    };
    measure(plan, &wanted, &setting, &mut journal)?;
    if let (Some(seconds), Some(model), false) = (sustain, models.first(), observer.interrupted()) {
        sustain::measure(plan, &model.path, seconds, observer, &mut journal)?;
    }
    drop(journal);
    let entries = Journal::read(&folder.join(FILE))?;
    BenchReport::of(&entries).ok_or(MeasureError::NoRun)
}

/// A stored report is never written again, not even by what is derived from it.
///
/// # Errors
/// A folder that holds one.
pub fn refuse_stored(folder: &Path) -> Result<(), MeasureError> {
    if !folder.join(run_folder::REPORT).exists() {
        return Ok(());
    }
    let folder = folder.display();
    Err(MeasureError::Refused(format!("{folder}: holds a report, which is kept as it is; give another folder with -o")))
}

/// Decodes for so many seconds on end, after the rows of the run in a folder, unless its journal holds that already; and
/// derives the report anew.
///
/// # Errors
/// A journal that cannot be written. A series that breaks off is a reason in the report.
pub fn sustain_after(
    folder: &Path,
    plan: &RunPlan,
    model: &ModelFile,
    seconds: f64,
    observer: &dyn Observer,
) -> Result<BenchReport, MeasureError> {
    let (mut journal, before) = Journal::open(folder)?;
    if !sustained(&before, seconds) {
        sustain::measure(plan, &model.path, seconds, observer, &mut journal)?;
    }
    drop(journal);
    BenchReport::of(&Journal::read(&folder.join(FILE))?).ok_or(MeasureError::NoRun)
}

/// Whether the journal holds a whole sustained series of so many seconds.
fn sustained(entries: &[Entry], seconds: f64) -> bool {
    entries.iter().any(|entry| matches!(entry, Entry::Sustain { elapsed_s, .. } if *elapsed_s >= seconds))
}

/// The rows that the journal does not hold yet.
fn open_rows(before: &[Entry], plan: &RunPlan, folder: &Path, resume: bool) -> Result<Vec<usize>, MeasureError> {
    let Some(earlier) = RunPlan::of(before) else { return Ok((0..plan.rows.len()).collect()) };
    if !resume {
        return Err(MeasureError::Refused(format!(
            "{}: holds a run already; go on with it by --resume, or give another folder with -o",
            folder.display()
        )));
    }
    if earlier != plan {
        return Err(MeasureError::Refused(format!(
            "{}: holds another run (models, rows or seed differ); give another folder with -o",
            folder.display()
        )));
    }
    let done =
        |row: usize| before.iter().any(|entry| matches!(entry, Entry::RowDone { row: done, .. } if *done == row));
    Ok((0..plan.rows.len()).filter(|&row| !done(row)).collect())
}
