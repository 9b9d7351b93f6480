//! Evaluates the models of an audit, one after another, and reads their item logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::AuditError;
use super::items::TaskIds;
use super::pairing::Records;
use super::plan::{Answers, AuditPlan};
use super::subject::Subject;
use crate::engine::Build;
use crate::eval::journal;
use crate::file::bounded;
use crate::file::digest::sha256_hex;
use crate::measure::thread_sweep;
use crate::observer::Observer;
use crate::report::store;
use crate::worker::serve;

/// The task that shows at little cost whether the original's scores are above chance.
const GATE: &str = "mmlu";

/// Largest kept evaluation that is read.
const LARGEST: u64 = 16 << 20;

/// What is asked of one evaluation.
pub struct Order<'a> {
    /// The model.
    pub model: &'a Path,
    /// The tasks.
    pub tasks: Vec<&'a str>,
    /// The file with the ids of the items.
    pub items: PathBuf,
    /// Where the item logs go.
    pub folder: &'a Path,
    /// No texts, losses only.
    pub loss_only: bool,
    /// Physical batch.
    pub n_ubatch: u32,
    /// Texts written side by side.
    pub parallel: u32,
    /// Threads.
    pub threads: u32,
}

/// What is read of the document of an evaluation.
#[derive(Debug, Deserialize)]
pub struct EvalReport {
    tasks: Vec<TaskReport>,
}

/// A task of an [`EvalReport`].
#[derive(Debug, Deserialize)]
struct TaskReport {
    task: String,
    #[serde(default)]
    at_chance: bool,
}

/// Evaluates a model in a process of its own and gives its document, or the reason why there is none.
pub type Evaluate<'a> = dyn Fn(&Order<'_>) -> Result<EvalReport, String> + 'a;

/// Evaluates subjects.
pub(super) struct Evaluator<'a> {
    plan: &'a AuditPlan,
    evaluate: &'a Evaluate<'a>,
    observer: &'a dyn Observer,
    /// Threads of every process.
    pub(super) threads: u32,
    /// Of the engine.
    pub(super) build: Build,
}

impl<'a> Evaluator<'a> {
    /// An evaluator that keeps its logs in the folder of the plan.
    pub(super) fn new(
        plan: &'a AuditPlan,
        evaluate: &'a Evaluate<'a>,
        observer: &'a dyn Observer,
    ) -> Result<Self, AuditError> {
        store::prepare(&plan.folder)?;
        let threads = plan.threads.unwrap_or_else(|| thread_sweep::prior().threads);
        let build = serve::engine(plan.engine)?.build();
        Ok(Self { plan, evaluate, observer, threads, build })
    }

    /// The records of a subject on some items, and whether its gate score is at chance (`None` without such items).
    ///
    /// The gate task is always answered, which costs no text; the others write texts only when `answers` says so.
    pub(super) fn records(
        &self,
        subject: &Subject,
        items: &TaskIds,
        answers: bool,
    ) -> Result<(Records, Option<bool>), AuditError> {
        let (gate, rest): (TaskIds, TaskIds) = items.iter().cloned().partition(|(name, _)| name == GATE);
        let mut found = Records::new();
        let mut at_chance = None;
        for (items, loss_only) in [(gate, self.plan.answers == Answers::Never), (rest, !answers)] {
            if items.is_empty() {
                continue;
            }
            let (records, report) = self.run(subject, &items, loss_only)?;
            if let Some(task) = report.tasks.iter().find(|task| task.task == GATE) {
                at_chance = Some(task.at_chance);
            }
            found.extend(records);
        }
        Ok((found, at_chance))
    }

    /// Whether texts are written: asked for, or worth it because the gate score is above chance.
    pub(super) fn answers(&self, original: &Subject, items: &TaskIds) -> Result<bool, AuditError> {
        match self.plan.answers {
            Answers::Always => return Ok(true),
            Answers::Never => return Ok(false),
            Answers::WhereAboveChance => {}
        }
        let gate: TaskIds = items.iter().filter(|(name, _)| name == GATE).cloned().collect();
        if gate.is_empty() {
            return Ok(true);
        }
        Ok(self.records(original, &gate, false)?.1 == Some(false))
    }

    /// The records of some items, from the folder of an earlier evaluation of them or evaluated now.
    fn run(&self, subject: &Subject, items: &TaskIds, loss_only: bool) -> Result<(Records, EvalReport), AuditError> {
        let ids = items.iter().flat_map(|(_, ids)| ids).fold(String::new(), |list, id| list + id + "\n");
        let tasks: Vec<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
        let letters = items.iter().all(|(name, _)| name == GATE);
        let n_ubatch = if letters { subject.n_ubatch_of_letters() } else { subject.n_ubatch() };
        let (parallel, threads) = (subject.parallel(), self.threads);
        // Everything that the logs' key holds, so that a log is found again exactly where it may be continued.
        let key = format!("{:?}|{tasks:?}|{ids}|{loss_only}|{n_ubatch}|{parallel}|{threads}", self.build);
        let hash = sha256_hex(key.as_bytes());
        let folder = self.plan.folder.join(subject.folder_name()).join(&hash[..12]);
        let done = folder.join("eval.json");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| AuditError::File { path, error }
        };
        let report = match bounded::text(&done, LARGEST) {
            Ok(text) => serde_json::from_str(&text).map_err(io::Error::from).map_err(at(&done))?,
            Err(_) => {
                fs::create_dir_all(&folder).map_err(at(&folder))?;
                let list = folder.join("items.txt");
                store::write(&list, ids.as_bytes())?;
                let count = ids.lines().count();
                self.observer.note(&format!("{}: {count} items of {}", subject.info.id, tasks.join(", ")));
                let order = Order {
                    model: &subject.path,
                    tasks,
                    items: list,
                    folder: &folder,
                    loss_only,
                    n_ubatch,
                    parallel,
                    threads,
                };
                let report = (self.evaluate)(&order);
                if self.observer.interrupted() {
                    return Err(AuditError::Interrupted(self.plan.folder.clone()));
                }
                report.map_err(|reason| AuditError::Evaluation { model: subject.info.id.clone(), reason })?
            }
        };
        let mut records = Records::new();
        for (name, _) in items {
            let lines = journal::read(&folder.join(format!("{name}.jsonl")))?;
            records.insert(name.clone(), lines.into_iter().map(|record| (record.id.clone(), record)).collect());
        }
        Ok((records, report))
    }
}
