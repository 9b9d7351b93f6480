//! Evaluates the models of an audit, one after another, and reads their item logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::AuditError;
use super::pairing::Records;
use super::plan::{Answers, AuditPlan};
use super::subject::Subject;
use super::task_ids::TaskIds;
use crate::engine::{Build, ContextOptions};
use crate::eval::journal;
use crate::eval::plan::{EvalPlan, Leg, Questions};
use crate::eval::report::EvalReport;
use crate::eval::schedule::Settings;
use crate::eval::subset::{Subset, of_task};
use crate::eval::tasks::answer_form;
use crate::file::bounded;
use crate::file::digest::sha256_hex;
use crate::file::run_folder;
use crate::measure::evaluation::{DOCUMENT, EvalLimits, EvaluationError, evaluate};
use crate::measure::memory_need::refuse_what_cannot_load;
use crate::measure::thread_sweep;
use crate::observer::Observer;
use crate::unit::Benchmark;
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

/// No evaluation may take longer than this.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// How long one may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// The task that shows at little cost whether the original's scores are above chance.
const GATE: &str = Benchmark::Mmlu.name();

/// Largest kept evaluation that is read.
const LARGEST: u64 = 16 << 20;

/// Whether the items of a task are answered by a choice.
fn is_choice(task: &str) -> bool {
    !answer_form(task).is_written()
}

/// Evaluates subjects.
pub(super) struct Evaluator<'a> {
    plan: &'a AuditPlan,
    /// Where the items come from.
    pub(super) questions: &'a Questions,
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
        questions: &'a Questions,
        observer: &'a dyn Observer,
    ) -> Result<Self, AuditError> {
        run_folder::prepare(&plan.folder)?;
        let threads = plan.threads.unwrap_or_else(|| thread_sweep::prior().threads);
        let build = serve::engine(plan.engine)?.build();
        Ok(Self { plan, questions, observer, threads, build })
    }

    /// The records of a subject on some items, and whether its gate score is at chance (`None` without such items).
    ///
    /// Choices are always made, which costs no text; texts are written only when `answers` says so.
    pub(super) fn records(
        &self,
        subject: &Subject,
        items: &TaskIds,
        answers: bool,
    ) -> Result<(Records, Option<bool>), AuditError> {
        let (choices, rest): (TaskIds, TaskIds) = items.iter().cloned().partition(|(name, _)| is_choice(name));
        let mut found = Records::new();
        let mut at_chance = None;
        for (items, loss_only) in [(choices, self.plan.answers == Answers::Never), (rest, !answers)] {
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

    /// The losses of a subject on some items, without any answer.
    pub(super) fn losses(&self, subject: &Subject, items: &TaskIds) -> Result<Records, AuditError> {
        Ok(self.run(subject, items, true)?.0)
    }

    /// Whether texts are written: asked for, or worth it because the gate score is above chance.
    pub(super) fn answers(&self, original: &Subject, items: &TaskIds) -> Result<bool, AuditError> {
        match self.plan.answers {
            Answers::Always => return Ok(true),
            Answers::Never => return Ok(false),
            Answers::WhereAboveChance => {}
        }
        if !items.iter().any(|(name, _)| name == GATE) {
            return Ok(true);
        }
        // All choices and not the gate alone: then this is the evaluation that the audit needs anyway.
        let choices: TaskIds = items.iter().filter(|(name, _)| is_choice(name)).cloned().collect();
        Ok(self.records(original, &choices, false)?.1 == Some(false))
    }

    /// The records of some items, from the folder of an earlier evaluation of them or evaluated now.
    fn run(&self, subject: &Subject, items: &TaskIds, loss_only: bool) -> Result<(Records, EvalReport), AuditError> {
        // Each with its task: two tasks may count their items from the same numbers.
        let of = |(task, ids): &(String, Vec<String>)| ids.iter().map(|id| of_task(task, id)).collect::<Vec<_>>();
        let ids = items.iter().flat_map(of).fold(String::new(), |list, id| list + &id + "\n");
        let tasks: Vec<&str> = items.iter().map(|(name, _)| name.as_str()).collect();
        let letters = items.iter().all(|(name, _)| is_choice(name));
        let n_ubatch = if letters { subject.n_ubatch_of_letters() } else { subject.n_ubatch() };
        let (parallel, threads) = (subject.parallel(), self.threads);
        // Everything that the logs' key holds, so that a log is found again exactly where it may be continued.
        let context = ContextOptions { n_ubatch, threads, ..ContextOptions::default() };
        let attention = context.flash_attention;
        let key =
            format!("{:?}|{tasks:?}|{ids}|{loss_only}|{n_ubatch}|{parallel}|{threads}|fa {attention}", self.build);
        let hash = sha256_hex(key.as_bytes());
        let folder = self.plan.folder.join(subject.folder_name()).join(&hash[..12]);
        let done = folder.join(DOCUMENT);
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| AuditError::File { path, error }
        };
        let report = match bounded::text(&done, LARGEST) {
            Ok(text) => serde_json::from_str(&text).map_err(io::Error::from).map_err(at(&done))?,
            Err(_) => {
                fs::create_dir_all(&folder).map_err(at(&folder))?;
                let count = ids.lines().count();
                self.observer.note(&format!("{}: {count} items of {}", subject.file.info.id, tasks.join(", ")));
                let leg = Leg {
                    tasks: tasks.into_iter().map(str::to_owned).collect(),
                    subset: Subset::Ids(ids.lines().map(str::to_owned).collect()),
                    loss_only,
                    limit_s: None,
                };
                let settings =
                    Settings { context, exact: false, share: true, alone: true, parallel, n_gpu_layers: 0, chat: None };
                self.evaluate(subject, leg, settings, folder.clone())?
            }
        };
        let mut records = Records::new();
        for (name, _) in items {
            let lines = journal::read(&folder.join(format!("{name}.jsonl")))?;
            records.insert(name.clone(), lines.into_iter().map(|record| (record.id.clone(), record)).collect());
        }
        Ok((records, report))
    }

    fn evaluate(
        &self,
        subject: &Subject,
        leg: Leg,
        settings: Settings,
        folder: PathBuf,
    ) -> Result<EvalReport, AuditError> {
        let plan = EvalPlan {
            model: subject.file.path.display().to_string(),
            model_sha256: subject.file.info.sha256.clone(),
            questions: self.questions.clone(),
            legs: vec![leg],
            settings,
            chat: None,
            n_gpu_layers: 0,
            noise_items: 0,
            own_speed: false,
            programs: self.plan.programs,
            shard: None,
            folder,
            resume: true,
            seed: self.plan.rules.bootstrap.seed,
        };
        let limits = EvalLimits { total: Some(WEEK), grace: Some(GRACE), partial: false };
        let room = match self.plan.engine {
            EngineKind::Llama => refuse_what_cannot_load(&subject.file, 0),
            EngineKind::Mock => Ok(()),
        };
        room.map_err(EvaluationError::from)
            .and_then(|()| evaluate(&plan, self.plan.engine, &subject.file.path, &limits, self.observer))
            .map_err(|error| AuditError::Evaluation { model: subject.file.info.id.clone(), error })
    }
}
