//! The run that a folder holds already: what a resumed one takes from it.

use std::path::Path;

use crate::bench::plan::Settings;
use crate::cli::run::Run;
use crate::cmd::Usage;
use crate::report::journal::{Entry, FILE, Journal, RunPlan, Trial};
use crate::report::rendering::{PAGE, TEXT};
use crate::report::store::REPORT;

/// What an interrupted run had found out before it measured.
pub(super) struct Earlier {
    plan: RunPlan,
    /// Its look at the model.
    pub(super) trial: Trial,
}

/// Whether the folder's report says that its run came to the end; one that cannot be read says nothing.
fn finished(folder: &Path) -> bool {
    let text = std::fs::read(folder.join(REPORT)).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|report| report["complete"] == true)
}

/// Refuses a folder that holds something under a name that the run would write: an hour later is too late to find out.
fn refuse_foreign(folder: &Path) -> Result<(), Usage> {
    let names = [REPORT, PAGE, TEXT, "figures", "tables", "eval"];
    let taken = names.into_iter().find(|name| folder.join(name).symlink_metadata().is_ok());
    taken.map_or(Ok(()), |name| {
        Err(Usage(format!(
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
    pub(super) fn of(folder: &Path, args: &Run) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        if args.resume && !folder.exists() {
            return Err(Usage(format!(
                "{}: is not there, so there is nothing to go on with; without --resume a run begins in it",
                folder.display()
            ))
            .into());
        }
        if !path.exists() {
            refuse_foreign(folder)?;
            return Ok(None);
        }
        if !args.resume {
            return Err(Usage(format!(
                "{}: holds a run already; go on with it by --resume, or give another folder with -o",
                folder.display()
            ))
            .into());
        }
        if finished(folder) {
            return Err(Usage(format!(
                "{folder}: holds a finished run, which is kept as it is; give another folder with -o, or correct it with \
                 `densimeter report {folder} --supersede REASON -o NEW`",
                folder = folder.display()
            ))
            .into());
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
            Some((plan, (quick, trial))) if quick == args.quick => Ok(Some(Self { plan, trial })),
            Some(_) => {
                let (held, other) = if args.quick { ("without", "without it") } else { ("with", "with it") };
                Err(Usage(format!("{}: holds a run {held} --quick; go on {other}", folder.display())).into())
            }
            None => Err(Usage(format!(
                "{}: holds a bench, not a run of `densimeter run`; give another folder with -o",
                folder.display()
            ))
            .into()),
        }
    }

    /// The settings that the rows were planned with: another ladder might end elsewhere.
    pub(super) fn settings(&self) -> Option<Settings> {
        Some(self.plan.rows.first()?.settings.clone())
    }
}
