//! The quality of a run: the cloze items that tell small models apart; in a full run the five benchmarks too.

use std::path::PathBuf;
use std::time::Duration;

use super::plan::MainPlan;
use crate::bench::plan::{self as bench, Phase};
use crate::engine::ContextOptions;
use crate::eval::plan::{EvalPlan, Leg, Programs, Questions};
use crate::eval::report::EvalReport;
use crate::eval::schedule::Settings;
use crate::eval::subset::Subset;
use crate::file::digest::sha256_hex;
use crate::measure::bench_report::BenchReport;
use crate::measure::benchmarks::benchmarks;
use crate::measure::evaluation::{EvalLimits, EvaluationError, evaluate};
use crate::measure::journal::Trial;
use crate::measure::memory_need::refuse_what_cannot_load;
use crate::measure::model_file::ModelFile;
use crate::observer::Observer;
use crate::unit::{Benchmark, ClozeTask, Seconds};
use crate::worker::host::HostError;
use crate::worker::protocol::EngineKind;

/// Seconds that `run --quick` gives to the evaluation where the machine can do its fewest items in them.
const QUICK_SECONDS: f64 = 80.0;

/// Cloze items a task of `run --quick`: fewer say nothing, more belong into a full run.
const QUICK_ITEMS: (usize, usize) = (20, 50);

/// Cloze items a task of a full run: about 500 in all.
const FULL_CLOZE_ITEMS: usize = 64;

/// Share of plain prefill speed that cloze items reach.
const EFFICIENCY: f64 = 0.8;

/// A quick evaluation is ended when it takes so many times what was foretold: the rest of the run must not wait for a
/// misjudged one. On a machine that others use it may well take twice as long as its fastest pass foretells.
const MISJUDGED: f64 = 3.0;

/// Tokens of the five worked examples of seven tasks together, and of an MMLU subject's in the mean; of an item of each of
/// the eight tasks together, options included. Counted on the published data, four characters a token.
const CLOZE_TOKENS: ClozeTokens = ClozeTokens { shots: 1300.0, subject: 440.0, items: 580.0 };

/// What the tokens of the cloze tasks are made of.
struct ClozeTokens {
    shots: f64,
    subject: f64,
    items: f64,
}

impl ClozeTokens {
    /// Tokens that so many items of each task cost. A subject of MMLU is read once: `68` makes the curve of subjects met
    /// by so many items drawn from all (15 of 57 at 20 items, 29 at 50) come out.
    fn of(&self, items: usize) -> f64 {
        let items = items as f64;
        self.shots + self.subject * 57.0 * (1.0 - (-items / 68.0).exp()) + self.items * items
    }
}

/// Tokens read by the five benchmarks with 100 items a task, the second look at a quarter of 16 in exact mode included, and
/// tokens written when every text runs to its limit; counted on the published data.
const FIVE_TOKENS: (f64, f64) = (148_000.0, 256_000.0);

/// Items a task of the five benchmarks, and how many of every task are evaluated a second time in exact mode.
const FIVE_ITEMS: (usize, usize) = (100, 16);

/// No evaluation may take longer than this.
const DAY: Duration = Duration::from_secs(86_400);

/// How long it may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// An evaluation within the main job.
pub(super) struct Evaluation<'a> {
    pub(super) plan: &'a MainPlan,
    pub(super) model: &'a ModelFile,
    /// What the bench was measured under.
    pub(super) settings: &'a bench::Settings,
    /// How fast the model is here.
    pub(super) trial: &'a Trial,
}

/// How fast the model is here, by the look and by the bench that ran since: the fastest pass counts, as what else a machine
/// does can only slow one down.
pub(super) fn seen(look: &Trial, bench: Option<&BenchReport>) -> Trial {
    let fastest = |phase: Phase, token: f64| {
        let rows = bench.iter().flat_map(|bench| bench.results.iter());
        let passes = rows.filter(|row| row.phase == phase && row.depth == 0).flat_map(|row| {
            let tokens = f64::from(row.tokens);
            row.samples_ns.iter().map(move |ns| *ns as f64 / 1e9 / tokens)
        });
        passes.filter(|seconds| *seconds > 0.0).fold(token, f64::min)
    };
    Trial { prefill: fastest(Phase::Prefill, look.prefill), decode: fastest(Phase::Decode, look.decode), ..*look }
}

/// Cloze items a task of a quick run: as many as its time is enough for.
fn quick_items(trial: &Trial) -> usize {
    let (least, most) = QUICK_ITEMS;
    let affordable = |items: &usize| cloze_seconds(*items, trial) <= QUICK_SECONDS;
    (least..=most).rev().find(affordable).unwrap_or(least)
}

fn cloze_seconds(items: usize, trial: &Trial) -> f64 {
    CLOZE_TOKENS.of(items) * trial.prefill / EFFICIENCY
}

/// Seconds that the evaluation takes at least and at most: all texts empty, and all at their limit and written one at a
/// time. What lies between is the model's choice.
pub(super) fn seconds(quick: bool, trial: &Trial) -> (f64, f64) {
    if quick {
        let seconds = cloze_seconds(quick_items(trial), trial);
        return (seconds, seconds);
    }
    let read = FIVE_TOKENS.0 * trial.prefill + cloze_seconds(FULL_CLOZE_ITEMS, trial);
    (read, read + FIVE_TOKENS.1 * trial.decode)
}

/// What is evaluated, and how long it takes.
pub(super) fn announcement(quick: bool, trial: &Trial) -> String {
    let (least, most) = seconds(quick, trial);
    let time = Seconds::range(least, most);
    if quick {
        format!("{} items of eight cloze tasks, about {time}", quick_items(trial) * ClozeTask::ALL.len())
    } else {
        format!("eight cloze tasks, then MMLU, BBH, MATH, HumanEval, MBPP, about {time}")
    }
}

/// Why there is no evaluation.
pub(super) struct NotEvaluated {
    pub(super) reason: String,
    /// Whether its process died in the middle: what it had finished is kept, and a resumed run goes on from there.
    pub(super) broke_off: bool,
}

impl From<String> for NotEvaluated {
    fn from(reason: String) -> Self {
        Self { reason, broke_off: false }
    }
}

impl From<EvaluationError> for NotEvaluated {
    fn from(error: EvaluationError) -> Self {
        Self { reason: error.to_string(), broke_off: matches!(error, EvaluationError::Worker(HostError::Died { .. })) }
    }
}

/// Legs whose data are there, and why others are not.
struct Asked {
    questions: Questions,
    legs: Vec<Leg>,
    left_out: Option<String>,
}

impl Evaluation<'_> {
    /// Scores and losses of the eight cloze tasks and, without `quick`, of the five benchmarks.
    pub(super) fn run(&self, observer: &dyn Observer) -> Result<EvalReport, NotEvaluated> {
        let mock = self.plan.engine == EngineKind::Mock;
        let (file, sha256) = if mock {
            (PathBuf::from("mock:"), sha256_hex(b"mock:"))
        } else {
            refuse_what_cannot_load(self.model, 0).map_err(|error| error.to_string())?;
            (self.model.path.clone(), self.model.info.sha256.clone())
        };
        let asked = self.asked(observer)?;
        let plan = EvalPlan {
            // A report is passed on; where this machine keeps the file is nobody's business.
            model: self.model.info.id.clone(),
            model_sha256: sha256,
            questions: asked.questions,
            legs: asked.legs,
            settings: self.settings(),
            chat: None,
            n_gpu_layers: 0,
            noise_items: if self.plan.quick { 0 } else { FIVE_ITEMS.1 },
            own_speed: true,
            programs: Programs::Jailed,
            shard: None,
            folder: self.plan.folder.join("eval"),
            resume: self.plan.resume,
            seed: self.plan.seed,
        };
        // The worker ends a leg itself; that is for one that hangs.
        let total = self.limit().map_or(DAY, |limit| Duration::from_secs_f64(limit) + 2 * GRACE);
        let limits = EvalLimits { total: Some(total), grace: Some(GRACE), partial: true };
        let mut document = evaluate(&plan, self.plan.engine, &file, &limits, observer)?;
        if self.plan.quick {
            document.quick = Some("cloze tasks alone, few items; engine noise not measured".to_owned());
        }
        let reasons = [document.reason.take(), asked.left_out];
        document.reason = reasons.into_iter().flatten().reduce(|first, second| format!("{first}; {second}"));
        Ok(document)
    }

    /// Seconds after which a quick evaluation is ended.
    fn limit(&self) -> Option<f64> {
        self.plan.quick.then(|| MISJUDGED * seconds(true, self.trial).1)
    }

    /// What can be asked here: a machine that cannot get one kind of benchmarks still answers the other.
    fn asked(&self, observer: &dyn Observer) -> Result<Asked, String> {
        let cloze = ClozeTask::ALL.map(|task| task.name().to_owned()).to_vec();
        let five = Benchmark::ALL.map(|benchmark| benchmark.name().to_owned()).to_vec();
        let kinds = if self.plan.quick {
            vec![(cloze, quick_items(self.trial))]
        } else {
            vec![(cloze, FULL_CLOZE_ITEMS), (five, FIVE_ITEMS.0)]
        };
        let (mut questions, mut legs, mut left_out) = (None, Vec::new(), Vec::new());
        for (tasks, items) in kinds {
            match benchmarks(self.plan.data.as_deref(), self.plan.unpinned_data, &tasks, self.plan.offline, observer) {
                Ok(found) => {
                    questions = Some(found);
                    let subset = Subset::Limit { items, seed: self.plan.seed };
                    legs.push(Leg { tasks, subset, loss_only: false, limit_s: self.limit() });
                }
                Err(error) => {
                    observer.warn(&error.to_string());
                    left_out.push(format!("{} were not evaluated: {error}", tasks.join(", ")));
                }
            }
        }
        let left_out = left_out.into_iter().reduce(|first, second| format!("{first}; {second}"));
        match questions {
            Some(questions) => Ok(Asked { questions, legs, left_out }),
            None => Err(left_out.unwrap_or_default()),
        }
    }

    /// The defaults of `densimeter eval`, with the threads and the flash attention of the bench.
    fn settings(&self) -> Settings {
        let bench::Settings { threads, flash_attention, .. } = *self.settings;
        let context =
            ContextOptions { n_batch: 2048, n_ubatch: 512, threads, flash_attention, ..ContextOptions::default() };
        Settings { context, exact: false, share: true, alone: true, parallel: 8, n_gpu_layers: 0, chat: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::journal::Entry;

    #[test]
    fn a_disturbed_look_gives_way_to_the_fastest_pass_of_the_bench() {
        let lines = include_str!("../../tests/fixtures/run/quick.jsonl").lines();
        let entries: Vec<Entry> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        let bench = BenchReport::of(&entries).unwrap();
        let fastest = |at: usize| {
            let row = &bench.results[at];
            *row.samples_ns.iter().min().unwrap() as f64 / 1e9 / f64::from(row.tokens)
        };
        let look = Trial { prefill: 0.25, decode: 0.001, load: 0.1, spent: 20.0 };
        let seen = super::seen(&look, Some(&bench));
        assert_eq!((seen.prefill, seen.decode, seen.load), (fastest(0), 0.001, 0.1));
        // The look alone would foretell an hour and a half.
        assert!(seconds(true, &look).0 > 5_400.0 && seconds(true, &seen).0 < 180.0, "{seen:?}");
        assert_eq!(super::seen(&look, None), look);
        assert_eq!(quick_items(&look), 20);
    }
}
