//! `densimeter fleet run`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

use super::job::{chosen, data, from, inventory, model, understood};
use super::table::Table;
use super::text::{note, table};
use crate::cli::Global;
use crate::cli::fleet::Run;
use crate::cmd::{Outcome, terminal};
use crate::file::run_folder as store;
use crate::fleet::document::FleetDocument;
use crate::fleet::inventory::Target;
use crate::fleet::record::{self, FleetLog, Record, RecordError, Row};
use crate::fleet::semaphore::Semaphore;
use crate::fleet::target_run::{Fleet, TargetRun};
use crate::meter::clock::SystemClock;
use crate::process::interrupt::{self, interrupted};

/// Runs the command.
pub(super) fn run(args: &Run, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let inventory = inventory(&args.inventory)?;
    understood(&inventory, &args.inventory)?;
    let targets = chosen(&inventory, &args.only)?;
    let uploads = (model(&inventory, args.offline, global)?, data(&inventory)?);
    let folder = args.output.clone().unwrap_or_else(|| Path::new("reports").join("fleet").join(store::new_run_id()));
    store::prepare(&folder)?;
    let log = FleetLog::open(&folder, &inventory.job, args.resume)?;
    let run = log.record().run.clone();
    let is_done =
        |target: &&Target| log.record().rows.get(&target.name).is_some_and(|row| row.state == record::Outcome::Done);
    let (done, open): (Vec<&Target>, Vec<&Target>) = targets.iter().copied().partition(is_done);
    if !done.is_empty() {
        note(global, &format!("{} of {} targets are done already", done.len(), targets.len()));
    }
    for target in &done {
        let (then, now) = (&log.record().rows[&target.name].address, target.address.to_string());
        if *then != now {
            note(
                global,
                &format!("{} was measured at {then}, not at {now}: rename it to measure that too", target.name),
            );
        }
    }
    let fleet = Fleet {
        inventory: &inventory,
        run: &run,
        store: &folder,
        model: uploads.0,
        data: uploads.1,
        senders: Semaphore::new(inventory.pushes_at_once),
        from: from(),
        interrupted: &interrupted,
    };
    let names: Vec<String> = open.iter().map(|target| target.name.clone()).collect();
    let table = Table::new(&names, global.quiet);
    let log = Mutex::new(log);
    std::thread::scope(|threads| {
        let runs: Vec<_> = machines(&open)
            .into_iter()
            .map(|machine| {
                let (fleet, table, log) = (&fleet, &table, &log);
                threads.spawn(move || {
                    let lock = || log.lock().unwrap_or_else(PoisonError::into_inner);
                    let mut idle: Option<SystemClock> = None;
                    for target in machine {
                        if interrupted() {
                            break;
                        }
                        let tell = |step| table.show(&target.name, &step);
                        let earlier = lock().record().rows.get(&target.name).cloned();
                        let target_run = TargetRun::new(fleet, target, &tell).after(idle.as_ref(), earlier);
                        let row = target_run.run();
                        table.end(&target.name, &row);
                        let measured = row.before.is_some();
                        // The record is written after every target: what is done stays done, whatever becomes of the others.
                        keep(&target_run, &target.name, row, &mut |name, row| lock().note(name, row))?;
                        if measured {
                            idle = Some(SystemClock::new());
                        }
                    }
                    Ok(())
                })
            })
            .collect();
        for target_run in runs {
            let noted: Result<(), RecordError> =
                target_run.join().map_err(|_| anyhow::anyhow!("a target's thread broke off"))?;
            noted?;
        }
        anyhow::Ok(())
    })?;
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let go_on = format!("go on with the same command and -o {} --resume", folder.display());
    conclude(log.record(), &names, &folder, &go_on, global)
}

/// Notes a row, and only then removes a run that is done from its target: until it is noted, that is where it is.
pub(super) fn keep(
    target_run: &TargetRun<'_>,
    name: &str,
    mut row: Row,
    note: &mut dyn FnMut(&str, Row) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    note(name, row.clone())?;
    if row.state == record::Outcome::Done
        && let Some(warning) = target_run.tidy()
    {
        row.warnings.push(warning);
        note(name, row)?;
    }
    Ok(())
}

/// Targets of one machine are measured one after the other: at once they would measure each other.
fn machines<'a>(targets: &[&'a Target]) -> Vec<Vec<&'a Target>> {
    let mut machines: BTreeMap<String, Vec<&Target>> = BTreeMap::new();
    for target in targets {
        machines.entry(target.machine()).or_default().push(target);
    }
    machines.into_values().collect()
}

/// Prints the rows and picks the outcome; `go_on` says what to do after an interruption.
pub(super) fn conclude(
    record: &Record,
    names: &[&str],
    folder: &Path,
    go_on: &str,
    global: &Global,
) -> anyhow::Result<Outcome> {
    let failed = names
        .iter()
        .filter(|name| record.rows.get(**name).is_none_or(|row| row.state == record::Outcome::Failed))
        .count();
    if global.json {
        terminal::json(&FleetDocument::of(record, names, folder))?;
    } else {
        terminal::out(&shown(record, names, folder))?;
    }
    note(global, &format!("record: {}", folder.join(record::FILE).display()));
    if interrupted() {
        anyhow::bail!("interrupted; {go_on}");
    }
    match failed {
        _ if names.is_empty() => anyhow::bail!("no target holds run {}", record.run),
        0 => Ok(Outcome::Done),
        all if all == names.len() => {
            let reason = names.iter().find_map(|name| record.rows.get(*name)?.reason.clone()).unwrap_or_default();
            anyhow::bail!("no target's report is here: {reason}")
        }
        _ => Ok(Outcome::SomeFailed),
    }
}

/// The rows as a table.
pub(super) fn shown(record: &Record, names: &[&str], folder: &Path) -> String {
    let mut table = table(&["target", "state", "attempts", "report or reason"]);
    for name in names {
        let cells = match record.rows.get(*name) {
            Some(row) => {
                let what: PathBuf = row.report.as_ref().map(|report| folder.join(report)).unwrap_or_default();
                let last = row.reason.clone().unwrap_or_else(|| what.display().to_string());
                [(*name).to_owned(), row.state.name().to_owned(), row.attempts.to_string(), last]
            }
            None => [(*name).to_owned(), "open".to_owned(), "0".to_owned(), String::new()],
        };
        table.add_row(cells);
    }
    format!("{table}\n")
}
