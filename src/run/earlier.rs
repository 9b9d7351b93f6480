//! The run that a folder holds already: what a resumed one takes from it.

use std::path::Path;

use serde::Deserialize;

use super::error::RunError;
use super::plan::MainPlan;
use crate::bench::plan::Settings;
use crate::file::run_folder::REPORT;
use crate::measure::journal::{Entry, FILE, Journal, RunPlan, Trial};
use crate::report::rendering::{PAGE, TEXT};

/// What an interrupted run had found out before it measured.
pub(super) struct Earlier {
    plan: RunPlan,
    /// Its look at the model.
    pub(super) trial: Trial,
}

/// Whether the folder's report says that its run came to the end; one that cannot be read says nothing.
fn finished(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct Ending {
        complete: bool,
    }
    let text = std::fs::read(folder.join(REPORT)).unwrap_or_default();
    serde_json::from_slice::<Ending>(&text).is_ok_and(|report| report.complete)
}

/// Refuses a folder that holds something under a name that the run would write: an hour later is too late to find out.
fn refuse_foreign(folder: &Path) -> Result<(), RunError> {
    let names = [REPORT, PAGE, TEXT, "figures", "tables", "eval"];
    let taken = names.into_iter().find(|name| folder.join(name).symlink_metadata().is_ok());
    taken.map_or(Ok(()), |name| {
        Err(RunError::Refused(format!(
            "{}: holds {name}, which is no run's that could be gone on with; give another folder with -o",
            folder.display()
        )))
    })
}

impl Earlier {
    /// The run in the folder that `--resume` asks for; `None` where a new one may begin.
    ///
    /// # Errors
    /// A folder that holds a run without `--resume`, or something that is no run of this kind with it.
    pub(super) fn of(job: &MainPlan) -> Result<Option<Self>, RunError> {
        let folder = job.folder.as_path();
        let path = folder.join(FILE);
        if job.resume && !folder.exists() {
            return Err(RunError::Refused(format!(
                "{}: is not there, so there is nothing to go on with; without --resume a run begins in it",
                folder.display()
            )));
        }
        if !path.exists() {
            refuse_foreign(folder)?;
            return Ok(None);
        }
        if !job.resume {
            return Err(RunError::Refused(format!(
                "{}: holds a run already; go on with it by --resume, or give another folder with -o",
                folder.display()
            )));
        }
        if finished(folder) {
            return Err(RunError::Refused(format!(
                "{folder}: holds a finished run, which is kept as it is; give another folder with -o, or correct it with \
                 `densimeter report {folder} --supersede REASON -o NEW`",
                folder = folder.display()
            )));
        }
        let entries = Journal::read(&path)?;
        let plan = entries.iter().find_map(|entry| match entry {
            Entry::Run { plan, .. } => Some((**plan).clone()),
            _ => None,
        });
        let trial = entries.iter().find_map(|entry| match entry {
            Entry::Trial { quick, trial } => Some((*quick, *trial)),
            _ => None,
        });
        match plan.zip(trial) {
            // Cut off before its first line was whole: nothing was measured.
            None if entries.is_empty() => Ok(None),
            Some((plan, (quick, trial))) if quick == job.quick => Ok(Some(Self { plan, trial })),
            Some(_) => {
                let (held, other) = if job.quick { ("without", "without it") } else { ("with", "with it") };
                Err(RunError::Refused(format!("{}: holds a run {held} --quick; go on {other}", folder.display())))
            }
            None => Err(RunError::Refused(format!(
                "{}: holds a bench, not a run of `densimeter run`; give another folder with -o",
                folder.display()
            ))),
        }
    }

    /// The settings that the rows were planned with: another ladder might end elsewhere.
    pub(super) fn settings(&self) -> Option<Settings> {
        Some(self.plan.rows.first()?.settings.clone())
    }
}
