//! `densimeter fleet collect`: finished runs that are still on their targets, or the shards of an array job.

use super::run::conclude;
use super::{chosen, data, from, model, note, slurm};
use crate::cli::Global;
use crate::cli::fleet::Collect;
use crate::cmd::Outcome;
use crate::cmd::interrupt::{self, interrupted};
use crate::fleet::errand::{Errand, Fleet};
use crate::fleet::inventory::Inventory;
use crate::fleet::places::Places;
use crate::fleet::record::{self, Book};

/// Runs the command.
pub(super) fn run(args: &Collect, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let inventory = Inventory::read(&args.inventory)?;
    if let Some(slurm) = &inventory.slurm {
        return slurm::collect(&inventory, slurm, &args.output, global);
    }
    let targets = chosen(&inventory, &[])?;
    let mut book = Book::again(&args.output, &inventory.job)?;
    let run = book.record().run.clone();
    let fleet = Fleet {
        inventory: &inventory,
        run: &run,
        store: &args.output,
        model: model(&inventory, true, global)?,
        data: data(&inventory)?,
        places: Places::new(inventory.pushes_at_once),
        from: from(),
        interrupted: &interrupted,
    };
    for target in &targets {
        let before = book.record().rows.get(&target.name).cloned();
        if before.as_ref().is_some_and(|row| row.state == record::Outcome::Done) || interrupted() {
            continue;
        }
        let row = Errand::new(&fleet, target, &|_| {}).collect(before.clone());
        match (row.state, &row.reason) {
            (record::Outcome::Done, _) => {
                note(global, &format!("{}: collected", target.name));
                book.note(&target.name, row)?;
            }
            // What was known of it before says more than that nothing could be fetched.
            (record::Outcome::Failed, reason) => {
                note(
                    global,
                    &format!("{}: nothing to collect: {}", target.name, reason.as_deref().unwrap_or_default()),
                );
                if before.is_none() {
                    book.note(&target.name, row)?;
                }
            }
        }
    }
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    conclude(book.record(), &names, &args.output, global)
}
