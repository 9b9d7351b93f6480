//! `densimeter fleet status`.

use serde_json::{Value, json};

use super::job::{chosen, from, inventory};
use super::text::table;
use crate::cli::Global;
use crate::cli::fleet::Status;
use crate::cmd::{Outcome, terminal};
use crate::fleet::facts::Facts;
use crate::fleet::inventory::Target;
use crate::fleet::record;
use crate::fleet::status::{Answer, status};
use crate::fleet::transport_error::TransportError;
use crate::measure::journal::SCHEMA;
use crate::process::interrupt::{self, interrupted};

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
        rows.push(row(target, answer, last)?);
    }
    if global.json {
        terminal::json(&json!({"schema": SCHEMA, "targets": rows}))?;
    } else {
        terminal::out(&shown(&rows))?;
    }
    Ok(if lost { Outcome::SomeFailed } else { Outcome::Done })
}

fn row(
    target: &Target,
    answer: Result<(Facts, Answer), TransportError>,
    last: Option<&record::Row>,
) -> anyhow::Result<Value> {
    let mut row = json!({
        "target": target.name,
        "address": target.address.to_string(),
        "last": last.map(|last| json!({"state": last.state, "reason": last.reason, "ended": last.ended})),
    });
    let (state, reason) = match &answer {
        Ok((_, Answer::Free(_))) => ("free", None),
        Ok((_, Answer::Busy(holder))) => ("measuring", Some(holder.clone())),
        Ok((_, Answer::Bare)) => ("not asked", Some("it was never sent the binary that could answer".to_owned())),
        Ok((_, Answer::NoProgram(why))) => ("not asked", Some(why.clone())),
        Ok((_, Answer::Silent(why))) => ("broken", Some(why.clone())),
        Err(error @ (TransportError::HostKey(_) | TransportError::Denied(_))) => ("refused", Some(error.to_string())),
        Err(error) => ("unreachable", Some(error.to_string())),
    };
    row["state"] = json!(state);
    row["reason"] = json!(reason);
    if let Ok((facts, answer)) = &answer {
        row["machine"] = json!(facts.machine);
        row["free_bytes"] = json!(facts.free_bytes);
        row["clock_ahead_s"] = json!(facts.clock_ahead_s);
        if let Answer::Free(state) = answer {
            row["board"] = serde_json::to_value(state)?;
        }
    }
    Ok(row)
}

fn shown(rows: &[Value]) -> String {
    let mut table = table(&["target", "address", "state", "machine", "free", "temperature", "last run", "reason"]);
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    for row in rows {
        let free = row["free_bytes"]
            .as_u64()
            .map_or_else(|| "–".to_owned(), |b| crate::unit::Bytes::from_bytes(b).to_string());
        let heat = row.pointer("/board/celsius").and_then(Value::as_f64);
        table.add_row([
            text(&row["target"]),
            text(&row["address"]),
            text(&row["state"]),
            text(&row["machine"]),
            free,
            heat.map_or_else(|| "–".to_owned(), |celsius| format!("{celsius:.0} °C")),
            text(&row["last"]["state"]),
            text(&row["reason"]),
        ]);
    }
    format!("{table}\n")
}
