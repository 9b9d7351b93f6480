//! What the fleet's commands say with `--json`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::facts::Facts;
use super::protocol::HostState;
use super::record::{Outcome, Record, Row};
use super::status::Answer;
use super::transport_error::TransportError;
use crate::eval::merge::Merged;
use crate::measure::journal::SCHEMA;

/// The document of `fleet run` and `fleet collect`.
#[derive(Debug, Serialize)]
pub(crate) struct FleetDocument<'a> {
    schema: u32,
    run_id: &'a str,
    started: jiff::Timestamp,
    folder: &'a Path,
    rows: Vec<NamedRow<'a>>,
}

/// A target's row with its name.
#[derive(Debug, Serialize)]
struct NamedRow<'a> {
    target: &'a str,
    #[serde(flatten)]
    row: Row,
}

impl<'a> FleetDocument<'a> {
    /// The rows of some targets; the places of their reports begin with the fleet's folder.
    #[must_use]
    pub(crate) fn of(record: &'a Record, names: &[&'a str], folder: &'a Path) -> Self {
        let row = |target: &'a str| {
            let mut row = record.rows.get(target)?.clone();
            row.report = row.report.map(|report| folder.join(report));
            Some(NamedRow { target, row })
        };
        Self {
            schema: SCHEMA,
            run_id: &record.run,
            started: record.started,
            folder,
            rows: names.iter().filter_map(|name| row(name)).collect(),
        }
    }
}

/// The document of `fleet status`.
#[derive(Debug, Serialize)]
pub(crate) struct StatusDocument {
    schema: u32,
    /// The targets, in the order of the inventory.
    pub(crate) targets: Vec<TargetStatus>,
}

impl StatusDocument {
    /// Of these targets.
    #[must_use]
    pub(crate) fn of(targets: Vec<TargetStatus>) -> Self {
        Self { schema: SCHEMA, targets }
    }
}

/// How a target is.
#[derive(Debug, Serialize)]
pub(crate) struct TargetStatus {
    /// Its name.
    pub(crate) target: String,
    /// Where it is.
    pub(crate) address: String,
    /// What became of it in the fleet's last run.
    pub(crate) last: Option<LastRun>,
    /// In one word or two.
    pub(crate) state: &'static str,
    /// Why it is not free.
    pub(crate) reason: Option<String>,
    /// What it says of itself; nothing where it cannot be reached.
    #[serde(flatten)]
    pub(crate) reached: Option<Reached>,
}

/// What became of a target before.
#[derive(Debug, Serialize)]
pub(crate) struct LastRun {
    /// How it ended.
    pub(crate) state: Outcome,
    reason: Option<String>,
    ended: jiff::Timestamp,
}

/// What a target that can be reached says of itself.
#[derive(Debug, Serialize)]
pub(crate) struct Reached {
    /// `uname -m`.
    pub(crate) machine: String,
    /// Bytes free where the fleet's folder is.
    pub(crate) free_bytes: Option<u64>,
    clock_ahead_s: Option<i64>,
    /// Its state, where nobody measures there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) board: Option<HostState>,
}

impl TargetStatus {
    /// From what it answered, and what is known of its last run.
    #[must_use]
    pub(crate) fn of(
        target: String,
        address: String,
        answer: Result<(Facts, Answer), TransportError>,
        last: Option<&Row>,
    ) -> Self {
        let last = last.map(|row| LastRun { state: row.state, reason: row.reason.clone(), ended: row.ended });
        let (state, reason, reached) = match answer {
            Ok((facts, answer)) => {
                let (state, reason, board) = match answer {
                    Answer::Free(board) => ("free", None, Some(*board)),
                    Answer::Busy(holder) => ("measuring", Some(holder), None),
                    Answer::Bare => {
                        ("not asked", Some("it was never sent the binary that could answer".to_owned()), None)
                    }
                    Answer::NoProgram(why) => ("not asked", Some(why), None),
                    Answer::Silent(why) => ("broken", Some(why), None),
                };
                let Facts { machine, free_bytes, clock_ahead_s, .. } = facts;
                (state, reason, Some(Reached { machine, free_bytes, clock_ahead_s, board }))
            }
            Err(error @ (TransportError::HostKey(_) | TransportError::Denied(_))) => {
                ("refused", Some(error.to_string()), None)
            }
            Err(error) => ("unreachable", Some(error.to_string()), None),
        };
        Self { target, address, last, state, reason, reached }
    }
}

/// The document of `fleet submit`.
#[derive(Debug, Serialize)]
pub(crate) struct Submitted {
    schema: u32,
    job: u64,
    shards: u32,
    script: PathBuf,
}

impl Submitted {
    /// A job that Slurm took.
    #[must_use]
    pub(crate) fn new(job: u64, shards: u32, script: PathBuf) -> Self {
        Self { schema: SCHEMA, job, shards, script }
    }
}

/// The document of `fleet collect` on the shards of an array job.
#[derive(Debug, Serialize)]
pub(crate) struct CollectedShards {
    schema: u32,
    complete: bool,
    unfinished_shards: Vec<usize>,
    /// The tasks.
    pub(crate) tasks: Vec<CollectedTask>,
    /// The command that scores them.
    pub(crate) score_with: String,
}

impl CollectedShards {
    /// Of these tasks.
    #[must_use]
    pub(crate) fn new(unfinished_shards: Vec<usize>, tasks: Vec<CollectedTask>, score_with: String) -> Self {
        let complete = unfinished_shards.is_empty() && tasks.iter().all(|task| task.collected == task.items);
        Self { schema: SCHEMA, complete, unfinished_shards, tasks, score_with }
    }

    /// Whether nothing is missing.
    #[must_use]
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }
}

/// A task of an array job.
#[derive(Debug, Serialize)]
pub(crate) struct CollectedTask {
    /// Its name.
    pub(crate) task: String,
    /// Items that belong to it.
    pub(crate) items: usize,
    /// Items that are here.
    pub(crate) collected: usize,
    of_shards: Vec<usize>,
}

impl CollectedTask {
    /// From the merged logs.
    #[must_use]
    pub(crate) fn of(task: String, merged: &Merged) -> Self {
        let (items, collected) = (merged.key.items, merged.records.len());
        Self { task, items, collected, of_shards: merged.of_shards.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_cannot_be_reached_says_nothing_of_itself() {
        let facts = Facts {
            machine: "aarch64".to_owned(),
            architecture: None,
            features: Vec::new(),
            free_bytes: None,
            clock_ahead_s: Some(-1),
        };
        let here = TargetStatus::of("a".to_owned(), "local".to_owned(), Ok((facts, Answer::Bare)), None);
        let lost = TransportError::HostKey("changed".to_owned());
        let lost = TargetStatus::of("b".to_owned(), "local".to_owned(), Err(lost), None);
        let document = serde_json::to_value(StatusDocument::of(vec![here, lost])).unwrap();
        let reason = "it was never sent the binary that could answer";
        assert_eq!(
            document["targets"][0],
            serde_json::json!({
                "target": "a", "address": "local", "last": null, "state": "not asked", "reason": reason,
                "machine": "aarch64", "free_bytes": null, "clock_ahead_s": -1,
            })
        );
        let row = document["targets"][1].as_object().unwrap();
        assert_eq!(row["state"], "refused");
        assert!(!row.contains_key("machine") && !row.contains_key("board"));
    }
}
