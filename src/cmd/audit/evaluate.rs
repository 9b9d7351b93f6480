//! Evaluates models in processes of their own, one after another, and reads their item logs.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::Value;

use super::items::{Data, TaskIds};
use super::subject::Subject;
use crate::bounded;
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::cli::bench::Engine;
use crate::cmd::interrupt::interrupted;
use crate::cmd::{bench, part, terminal};
use crate::engine::Build;
use crate::eval::data::sha256_hex;
use crate::eval::journal;
use crate::eval::record::Record;
use crate::measure::thread_sweep;
use crate::report::store;
use crate::worker::serve;

/// No evaluation may take longer than this, seconds.
const WEEK: f64 = 7.0 * 86_400.0;
/// The task that shows at little cost whether the original's scores are above chance.
const GATE: &str = "mmlu";

/// Largest kept evaluation that is read.
const LARGEST: u64 = 16 << 20;

/// Records by task and item.
pub(super) type Records = BTreeMap<String, BTreeMap<String, Record>>;

/// Evaluates subjects.
pub(super) struct Evaluator<'a> {
    args: &'a Audit,
    global: &'a Global,
    data: Data,
    /// Folder of the item logs.
    pub(super) root: PathBuf,
    /// Threads of every child.
    pub(super) threads: u32,
    /// Of the engine.
    pub(super) build: Build,
}

impl<'a> Evaluator<'a> {
    /// An evaluator that keeps its logs below `root`.
    pub(super) fn new(args: &'a Audit, global: &'a Global, data: Data, root: PathBuf) -> anyhow::Result<Self> {
        store::prepare(&root)?;
        let threads = args.threads.unwrap_or_else(|| thread_sweep::prior().threads);
        let build = serve::engine(bench::kind(args.engine))?.build();
        Ok(Self { args, global, data, root, threads, build })
    }

    /// The records of a subject on some items, and whether its gate score is at chance (`None` without such items).
    ///
    /// The gate task is always answered, which costs no text; the others write texts only when `answers` says so.
    pub(super) fn records(
        &self,
        subject: &Subject,
        items: &TaskIds,
        answers: bool,
    ) -> anyhow::Result<(Records, Option<bool>)> {
        let (gate, rest): (TaskIds, TaskIds) = items.iter().cloned().partition(|(name, _)| name == GATE);
        let mut found = Records::new();
        let mut at_chance = None;
        for (items, loss_only) in [(gate, self.args.loss_only), (rest, !answers)] {
            if items.is_empty() {
                continue;
            }
            let (records, document) = self.run(subject, &items, loss_only)?;
            if let Some(task) = document["tasks"].as_array().and_then(|tasks| tasks.iter().find(|t| t["task"] == GATE))
            {
                at_chance = task["at_chance"].as_bool();
            }
            found.extend(records);
        }
        Ok((found, at_chance))
    }

    /// Whether texts are written: asked for, or worth it because the gate score is above chance.
    pub(super) fn answers(&self, original: &Subject, items: &TaskIds) -> anyhow::Result<bool> {
        if self.args.loss_only || self.args.generate {
            return Ok(self.args.generate);
        }
        let gate: TaskIds = items.iter().filter(|(name, _)| name == GATE).cloned().collect();
        if gate.is_empty() {
            return Ok(true);
        }
        Ok(self.records(original, &gate, false)?.1 == Some(false))
    }

    fn run(&self, subject: &Subject, items: &TaskIds, loss_only: bool) -> anyhow::Result<(Records, Value)> {
        let ids = items.iter().flat_map(|(_, ids)| ids).fold(String::new(), |list, id| list + id + "\n");
        let names: Vec<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
        let letters = items.iter().all(|(name, _)| name == GATE);
        let ubatch = if letters { subject.n_ubatch_of_letters() } else { subject.n_ubatch() };
        let (ubatch, parallel) = (ubatch.to_string(), subject.parallel().to_string());
        let threads = self.threads.to_string();
        // Everything that the logs' key holds, so that a log is found again exactly where it may be continued.
        let key = format!("{:?}|{names:?}|{ids}|{loss_only}|{ubatch}|{parallel}|{threads}", self.build);
        let short = |text: &str| text.get(..12).unwrap_or(text).to_owned();
        let folder = self.root.join(short(&subject.about.sha256)).join(short(&sha256_hex(key.as_bytes())));
        let done = folder.join("eval.json");
        let document = match bounded::text(&done, LARGEST) {
            Ok(text) => serde_json::from_str(&text).with_context(|| done.display().to_string())?,
            Err(_) => {
                fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
                let list = folder.join("items.txt");
                store::write(&list, ids.as_bytes())?;
                if !self.global.quiet {
                    let count = ids.lines().count();
                    terminal::note(&format!("{}: {count} items of {}", subject.about.id, names.join(", ")));
                }
                let (path, tasks) = (subject.path.display().to_string(), names.join(","));
                let (list, out) = (list.display().to_string(), folder.display().to_string());
                let data = self.data.folder.display().to_string();
                let mut line = vec!["eval", "-m", &path, "--task", &tasks, "--items", &list, "-o", &out, "--resume"];
                line.extend(["--data", &data, "-t", &threads, "--ub", &ubatch, "--parallel", &parallel]);
                line.extend(["--noise-items", "0", "--no-own-speed"]);
                let switches = [
                    (!self.data.pinned, "--unpinned-data"),
                    (loss_only, "--loss-only"),
                    (self.global.quiet, "--quiet"),
                    (self.args.unsafe_no_sandbox, "--unsafe-no-sandbox"),
                ];
                line.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, switch)| switch));
                if self.args.engine == Engine::Mock {
                    line.extend(["--engine", "mock"]);
                }
                let document = part::json(&line, WEEK);
                if interrupted() {
                    bail!("interrupted");
                }
                document.map_err(|reason| anyhow::anyhow!("{}: {reason}", subject.about.id))?
            }
        };
        let mut records = Records::new();
        for (name, _) in items {
            let lines = journal::read(&folder.join(format!("{name}.jsonl")))?;
            records.insert(name.clone(), lines.into_iter().map(|record| (record.id.clone(), record)).collect());
        }
        Ok((records, document))
    }
}

/// Adds the records of a later look.
pub(super) fn extend(all: &mut Records, more: Records) {
    for (task, records) in more {
        all.entry(task).or_default().extend(records);
    }
}
