//! `densimeter fleet collect`: finished runs that are still on their targets, or the shards of an array job.

use std::collections::BTreeSet;

use super::job::{chosen, data, from, inventory, model};
use super::run::{conclude, keep};
use super::slurm;
use super::text::note;
use crate::cli::Global;
use crate::cli::fleet::Collect;
use crate::cmd::{Outcome, Usage};
use crate::fleet::record::{self, FleetLog};
use crate::fleet::semaphore::Semaphore;
use crate::fleet::target_run::{Collected, Fleet, TargetRun};
use crate::process::interrupt::{self, interrupted};

/// Runs the command.
pub(super) fn run(args: &Collect, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let inventory = inventory(&args.inventory)?;
    if let Some(slurm) = &inventory.slurm {
        if !args.only.is_empty() {
            return Err(Usage("--only names targets, and the inventory has shards".to_owned()).into());
        }
        return slurm::collect(&inventory, slurm, &args.output, global);
    }
    let targets = chosen(&inventory, &args.only)?;
    let mut log = FleetLog::again(&args.output, &inventory.job)?;
    let run = log.record().run.clone();
    let fleet = Fleet {
        inventory: &inventory,
        run: &run,
        store: &args.output,
        model: model(&inventory, true, global)?,
        data: data(&inventory)?,
        senders: Semaphore::new(inventory.pushes_at_once),
        from: from(),
        interrupted: &interrupted,
    };
    // Targets that the run left out (`fleet run --only`) are no failures of it.
    let mut apart: BTreeSet<&str> = BTreeSet::new();
    for target in &targets {
        let before = log.record().rows.get(&target.name).cloned();
        if before.as_ref().is_some_and(|row| row.state == record::Outcome::Done) || interrupted() {
            continue;
        }
        let name = &target.name;
        let target_run = TargetRun::new(&fleet, target, &|_| {}).after(None, before.clone());
        match target_run.collect() {
            Collected::Taken(row) => {
                keep(&target_run, name, row, &mut |name, row| log.note(name, row))?;
                note(global, &format!("{name}: collected"));
            }
            Collected::Absent => {
                note(global, &format!("{name}: nothing to collect: it holds no run {run}"));
                if before.is_none() {
                    apart.insert(name);
                }
            }
            Collected::Lost(row) => {
                let reason = row.reason.as_deref().unwrap_or_default();
                note(global, &format!("{name}: nothing to collect: {reason}"));
                // What was known of it before says more than that nothing could be fetched.
                if before.is_none() {
                    log.note(name, row)?;
                }
            }
        }
    }
    let names: Vec<&str> = targets.iter().map(|t| t.name.as_str()).filter(|name| !apart.contains(*name)).collect();
    conclude(log.record(), &names, &args.output, "give the same command again", global)
}
