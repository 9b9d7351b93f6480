//! `densimeter fleet status`.

use super::job::{chosen, from, inventory};
use super::text::table;
use crate::cli::Global;
use crate::cli::fleet::Status;
use crate::cmd::{Outcome, terminal};
use crate::fleet::document::{StatusDocument, TargetStatus};
use crate::fleet::record;
use crate::fleet::status::status;
use crate::process::interrupt::{self, interrupted};
use crate::unit::Bytes;

/// Runs the command.
pub(super) fn run(args: &Status, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let inventory = inventory(&args.inventory)?;
    let targets = chosen(&inventory, &[])?;
    let record = args.output.as_deref().map(record::read).transpose()?.flatten();
    let from = from();
    let answers: Vec<_> = std::thread::scope(|threads| {
        let asked: Vec<_> =
            targets.iter().map(|target| threads.spawn(|| status(target, &inventory, &from, &interrupted))).collect();
        asked.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut rows = Vec::new();
    let mut lost = false;
    for (target, answer) in targets.iter().zip(answers) {
        let answer = answer.map_err(|_| anyhow::anyhow!("a target's thread broke off"))?;
        lost |= answer.is_err();
        let last = record.as_ref().and_then(|record| record.rows.get(&target.name));
        rows.push(TargetStatus::of(target.name.clone(), target.address.to_string(), answer, last));
    }
    if global.json {
        terminal::json(&StatusDocument::of(rows))?;
    } else {
        terminal::out(&shown(&rows))?;
    }
    Ok(if lost { Outcome::SomeFailed } else { Outcome::Done })
}

fn shown(targets: &[TargetStatus]) -> String {
    let mut table = table(&["target", "address", "state", "machine", "free", "temperature", "last run", "reason"]);
    let absent = || "–".to_owned();
    for row in targets {
        let reached = row.reached.as_ref();
        let free = reached.and_then(|there| there.free_bytes);
        let heat = reached.and_then(|there| there.board.as_ref()?.celsius);
        table.add_row([
            row.target.clone(),
            row.address.clone(),
            row.state.to_owned(),
            reached.map_or_else(absent, |there| there.machine.clone()),
            free.map_or_else(absent, |bytes| Bytes::from_bytes(bytes).to_string()),
            heat.map_or_else(absent, |celsius| format!("{celsius:.0} °C")),
            row.last.as_ref().map_or_else(absent, |last| last.state.name().to_owned()),
            row.reason.clone().unwrap_or_else(absent),
        ]);
    }
    format!("{table}\n")
}
