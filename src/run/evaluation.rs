//! The quality of a run: scores and losses of the five tasks; with `--quick`, what fits its time.

use std::path::PathBuf;
use std::time::Duration;

use super::plan::MainPlan;
use crate::engine::ContextOptions;
use crate::eval::plan::{EvalPlan, Leg, Programs};
use crate::eval::report::EvalReport;
use crate::eval::schedule::Settings;
use crate::eval::subset::Subset;
use crate::file::digest::sha256_hex;
use crate::measure::benchmarks::benchmarks;
use crate::measure::evaluation::{EvalLimits, evaluate};
use crate::measure::journal::Trial;
use crate::measure::memory_need::refuse_what_cannot_load;
use crate::measure::model_file::ModelFile;
use crate::observer::Observer;
use crate::unit::Benchmark;
use crate::worker::protocol::EngineKind;

/// Seconds that `run --quick` gives to the evaluation.
const QUICK_SECONDS: f64 = 80.0;

/// Seconds after which it is ended: the rest of the run must not wait for a misjudged one.
const QUICK_LIMIT: f64 = 90.0;

/// Share of plain prefill speed that an evaluation of few items reaches: small batches, separate prefixes.
const EFFICIENCY: f64 = 0.5;

/// Tokens that one MMLU item costs when hardly two share a subject: the prefix and the question.
const MMLU_TOKENS: f64 = 750.0;

/// Tokens that the losses of one item of each of the other four tasks cost, prefixes included.
const LOSS_TOKENS: f64 = 2500.0;

/// Tokens read by the default evaluation of 100 items a task, the second look at 16 of them in exact mode included, and
/// tokens written when every text runs to its limit; counted on the published data.
const FULL_TOKENS: (f64, f64) = (260_000.0, 256_000.0);

/// Items a task of the default evaluation, and how many of them are evaluated a second time in exact mode.
const FULL_ITEMS: (usize, usize) = (100, 16);

/// No evaluation may take longer than this.
const DAY: Duration = Duration::from_secs(86_400);

/// How long it may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// The task whose scores a quick run can afford: one letter an item.
const LETTERS: &str = Benchmark::Mmlu.name();

/// An evaluation within the main job.
pub(super) struct Evaluation<'a> {
    pub(super) plan: &'a MainPlan,
    pub(super) model: &'a ModelFile,
    pub(super) threads: u32,
    /// How fast the model is here.
    pub(super) trial: &'a Trial,
}

/// Seconds that the evaluation takes at least and at most: all texts empty, and all at their limit and written one at a
/// time. What lies between is the model's choice.
pub(super) fn seconds(quick: bool, trial: &Trial) -> (f64, f64) {
    if quick {
        return (QUICK_SECONDS, QUICK_SECONDS);
    }
    let read = FULL_TOKENS.0 * trial.prefill;
    (read, read + FULL_TOKENS.1 * trial.decode)
}

impl Evaluation<'_> {
    /// Scores and losses of all five tasks; with `quick`, MMLU's score and the losses of the other four.
    pub(super) fn run(&self, observer: &dyn Observer) -> Result<EvalReport, String> {
        let mock = self.plan.engine == EngineKind::Mock;
        let (file, sha256) = if mock {
            (PathBuf::from("mock:"), sha256_hex(b"mock:"))
        } else {
            refuse_what_cannot_load(self.model, 0).map_err(|error| error.to_string())?;
            (self.model.path.clone(), self.model.info.sha256.clone())
        };
        let names = Benchmark::ALL.map(|benchmark| benchmark.name().to_owned());
        let questions =
            benchmarks(self.plan.data.as_deref(), self.plan.unpinned_data, &names, self.plan.offline, observer)
                .map_err(|error| error.to_string())?;
        let plan = EvalPlan {
            // A report is passed on; where this machine keeps the file is nobody's business.
            model: self.model.info.id.clone(),
            model_sha256: sha256,
            questions,
            legs: if self.plan.quick { self.quick_legs() } else { vec![self.leg(&names, FULL_ITEMS.0, false, None)] },
            settings: self.settings(),
            n_gpu_layers: 0,
            noise_items: if self.plan.quick { 0 } else { FULL_ITEMS.1 },
            own_speed: true,
            programs: Programs::Jailed,
            shard: None,
            folder: self.plan.folder.join("eval"),
            resume: self.plan.resume,
            seed: self.plan.seed,
        };
        let total = if self.plan.quick { Duration::from_secs_f64(QUICK_LIMIT) } else { DAY };
        let limits = EvalLimits { total: Some(total), grace: Some(GRACE), partial: true };
        let mut document =
            evaluate(&plan, self.plan.engine, &file, &limits, observer).map_err(|error| error.to_string())?;
        if self.plan.quick {
            let left_out = "few items, and losses only where a score needs generated text; engine noise not measured";
            document.quick = Some(left_out.to_owned());
        }
        Ok(document)
    }

    /// The scores are worth having without the losses, and the other way round: each leg has half of the time.
    fn quick_legs(&self) -> Vec<Leg> {
        let affordable = |tokens: f64| (QUICK_SECONDS / 2.0 * EFFICIENCY / (tokens * self.trial.prefill)) as usize;
        let (choices, losses) = (affordable(MMLU_TOKENS).clamp(4, 57), affordable(LOSS_TOKENS).clamp(2, 20));
        let (letters, rest): (Vec<String>, Vec<String>) =
            Benchmark::ALL.map(|benchmark| benchmark.name().to_owned()).into_iter().partition(|name| name == LETTERS);
        let limit = Some(QUICK_LIMIT / 2.0);
        vec![self.leg(&letters, choices, false, limit), self.leg(&rest, losses, true, limit)]
    }

    fn leg(&self, tasks: &[String], items: usize, loss_only: bool, limit_s: Option<f64>) -> Leg {
        Leg { tasks: tasks.to_vec(), subset: Subset::Limit { items, seed: self.plan.seed }, loss_only, limit_s }
    }

    /// The defaults of `densimeter eval`.
    fn settings(&self) -> Settings {
        let context =
            ContextOptions { n_batch: 2048, n_ubatch: 512, threads: self.threads, ..ContextOptions::default() };
        Settings { context, exact: false, share: true, alone: true, parallel: 8 }
    }
}
