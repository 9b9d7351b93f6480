//! The main job itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::conclusions::{conclude, kept};
use super::earlier::Earlier;
use super::error::RunError;
use super::evaluation::{self, Evaluation, NotEvaluated};
use super::overview;
use super::plan::{MainPlan, device_name, usual_sustain};
use super::steps::Steps;
use crate::bench::plan::Settings;
use crate::device::record::{DeviceRecord, ProbedDevice};
use crate::eval::report::EvalReport;
use crate::file::run_folder as store;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::{Entry, RunPlan, SCHEMA, Trial};
use crate::measure::memory_need::MemoryNeed;
use crate::measure::model_file::{ModelFile, resolve_all};
use crate::measure::pilot::{self, BenchPlan, Budget};
use crate::measure::session::{SessionOptions, run_session, sustain_after};
use crate::measure::{device as this_device, sweep, thread_sweep};
use crate::meter::deadline::Deadline;
use crate::observer::Observer;
use crate::report::rendering;
use crate::report::run::{RunDevice, RunReport};
use crate::report::view::View;
use crate::unit::Seconds;

/// Seconds of the bandwidth and compute probes.
const PROBE_SECONDS: f64 = 8.0;

/// Does the main job. An interrupted one gives the report of what was measured, and is not complete.
///
/// # Errors
/// [`RunError`]; what was measured before is kept in the folder.
pub(crate) fn run(plan: &MainPlan, observer: &dyn Observer) -> Result<RunReport, RunError> {
    let earlier = Earlier::of(plan)?;
    store::may_hold(&plan.folder)?;
    let mut steps = Steps::new(observer);
    // Quiet where nothing has to be fetched: a model that is none is refused in one line.
    steps.begin_silently("fetch");
    let model = resolve_all(std::slice::from_ref(&plan.model), plan.offline, plan.engine, observer)?.remove(0);
    model.must_predict()?;
    store::prepare(&plan.folder)?;
    let _alone = store::hold(&plan.folder)?;
    observer.note(&overview::machine(&plan.profile));

    let main = Main { plan, model: &model, observer };
    let trial = match &earlier {
        Some(earlier) => earlier.trial,
        None => main.look(&mut steps)?,
    };
    let bench_plan = Budget::of(plan.quick).plan(&trial);
    main.announce(earlier.is_some(), &bench_plan, &trial);

    steps.begin("probe", "bandwidth and compute of this device");
    let device = main.device();
    steps.begin(
        "bench",
        &format!("{}, about {}", model.info.id, main.bench_time(earlier.is_some(), &bench_plan, &trial)),
    );
    let (bench, settings) = main.bench(earlier.as_ref(), &bench_plan, trial)?;
    let mut report = main.report(device, bench);
    let mut whole = !observer.interrupted();
    if whole {
        write(plan, &report)?;
        whole = !main.conclude(&mut report, &mut steps, &settings, &trial) && !observer.interrupted();
    } else {
        let parts = ["eval", "density", "density_edge", "crossover", "recommend"];
        report.reasons.extend(parts.map(|part| (part.to_owned(), "interrupted before".to_owned())));
    }
    report.seconds = steps.end();
    report.complete = whole;
    write(plan, &report)?;
    Ok(report)
}

/// Writes the report, whole or not at all. The document comes last: once it says that the run is complete nothing is
/// written any more, and a page that a full disk refused could not be gone on with.
fn write(plan: &MainPlan, report: &RunReport) -> Result<(), RunError> {
    store::write_files(&plan.folder, &rendering::files(&View::of(report))?)?;
    store::write_json(&plan.folder.join(store::REPORT), report)?;
    Ok(())
}

/// The main job of one model.
struct Main<'a> {
    plan: &'a MainPlan,
    model: &'a ModelFile,
    observer: &'a dyn Observer,
}

impl Main<'_> {
    fn rows(&self, bench: &BenchPlan, settings: Settings) -> RunPlan {
        RunPlan {
            engine: self.plan.engine,
            seed: self.plan.seed,
            models: vec![self.model.info.clone()],
            rows: sweep::rows(1, &bench.shapes, &[settings]),
            stop: bench.stop,
        }
    }

    fn settings(&self, threads: u32) -> Settings {
        Settings { flash_attention: self.plan.flash_attention, ..Settings::with_threads(threads) }
    }

    /// How fast the model is here. The look loads it too: what cannot fit is refused before.
    fn look(&self, steps: &mut Steps<'_>) -> Result<Trial, RunError> {
        let settings = self.settings(thread_sweep::prior().threads);
        let least = self.rows(&Budget::of(self.plan.quick).plan(&Trial::INSTANT), settings.clone());
        MemoryNeed::of(&least, std::slice::from_ref(self.model)).refuse_hopeless()?;
        steps.begin("look", "how fast the model is here");
        Ok(pilot::look(self.plan.engine, &self.model.path, &settings, self.plan.seed, self.observer)?)
    }

    fn bench_time(&self, resumed: bool, bench: &BenchPlan, trial: &Trial) -> Seconds {
        let sweep = if self.plan.quick || resumed { 0.0 } else { thread_sweep::seconds(trial) };
        Seconds::from_seconds(sweep + bench.seconds)
    }

    /// Says how long it will take.
    fn announce(&self, resumed: bool, bench: &BenchPlan, trial: &Trial) {
        let asked = self.plan.evaluate.then(|| evaluation::seconds(self.plan.quick, trial));
        let (least, most) = asked.unwrap_or_default();
        let bench_time = self.bench_time(resumed, bench, trial);
        let before = PROBE_SECONDS + bench_time.seconds() + self.plan.sustain.unwrap_or(0.0);
        let time = Seconds::range(least, most);
        let evaluation = match (self.plan.evaluate, most > least) {
            (false, _) => String::new(),
            (true, true) => format!(", evaluation {time}, by how long the model's texts get"),
            (true, false) => format!(", evaluation {time}"),
        };
        self.observer.note(&format!(
            "about {}: probe {}, bench {bench_time}{evaluation}{}{}",
            Seconds::range(before + least, before + most),
            Seconds::from_seconds(PROBE_SECONDS),
            self.plan
                .sustain
                .map_or_else(String::new, |seconds| format!(", sustained {}", Seconds::from_seconds(seconds))),
            if resumed { "; less what the earlier run measured" } else { "" }
        ));
    }

    /// The profile, the device's name and, where it is this one, what was measured of it.
    fn device(&self) -> DeviceRecord {
        let profile = &self.plan.profile;
        DeviceRecord::Probed(Box::new(ProbedDevice {
            profile: profile.clone(),
            name: Some(device_name(profile)),
            measured: self.plan.here.then(|| this_device::measure(profile)),
        }))
    }

    /// The speed, and what it was measured under.
    fn bench(
        &self,
        earlier: Option<&Earlier>,
        bench: &BenchPlan,
        trial: Trial,
    ) -> Result<(BenchReport, Settings), RunError> {
        let plan = self.plan;
        let prior = thread_sweep::prior();
        let (settings, rule) = match earlier.and_then(Earlier::settings) {
            Some(settings) => (settings, None),
            None if plan.quick => (self.settings(prior.threads), Some(prior.rule)),
            None => {
                let one = self.settings(1);
                let found = thread_sweep::fastest(plan.engine, &self.model.path, &one, plan.seed, self.observer)?;
                (self.settings(found.threads), Some(found.rule))
            }
        };
        let mut notes = Vec::new();
        if earlier.is_none() {
            notes.push(Entry::Trial { quick: plan.quick, trial });
            notes.push(Entry::Note { text: bench.note.clone() });
        }
        notes.extend(rule.map(|rule| Entry::Threads { rule }));
        let budget = Budget::of(plan.quick);
        let left = (budget.total - trial.spent).max(0.0);
        let options = SessionOptions {
            resume: plan.resume,
            wait: plan.wait,
            patience: budget.patience,
            audit: true,
            sustain: None,
            deadline: plan.quick.then(|| Deadline::new(Duration::from_secs_f64(left))),
        };
        let rows = self.rows(bench, settings.clone());
        let models = std::slice::from_ref(self.model);
        Ok((run_session(&plan.folder, &rows, models, &notes, &options, self.observer)?, settings))
    }

    /// The report before anything is concluded.
    fn report(&self, device: DeviceRecord, bench: BenchReport) -> RunReport {
        let audit = "a run measures one model; `densimeter audit ORIGINAL COMPRESSED` compares two";
        RunReport {
            schema: SCHEMA,
            run_id: store::run_id(&self.plan.folder),
            device: Some(RunDevice::from(device)),
            valid: bench.valid,
            verdicts: vec![overview::speed(&bench)],
            bench: Some(bench),
            reasons: BTreeMap::from([("audit".to_owned(), audit.to_owned())]),
            command: Some(self.plan.command(&self.model.info.id)),
            ..RunReport::default()
        }
    }

    /// Quality, and what follows from all. Tells whether the evaluation broke off.
    fn conclude(&self, report: &mut RunReport, steps: &mut Steps<'_>, settings: &Settings, trial: &Trial) -> bool {
        let eval = self.evaluate(steps, settings, &evaluation::seen(trial, report.bench.as_ref()));
        let broke_off = eval.as_ref().is_err_and(|why| why.broke_off);
        if broke_off {
            self.observer.warn("the evaluation broke off; --resume goes on with what it had finished");
        }
        report.eval = kept(eval.map_err(|why| why.reason), "eval", &mut report.reasons);
        self.sustain(report, steps, settings, trial);
        conclude(self.plan, self.model, report, steps, self.observer);
        broke_off
    }

    /// Burst is what the bench measured on a cool device; this is what minutes of work leave of it.
    fn sustain(&self, report: &mut RunReport, steps: &mut Steps<'_>, settings: &Settings, trial: &Trial) {
        let Some(seconds) = self.plan.sustain.filter(|_| !self.observer.interrupted()) else {
            let off = usual_sustain(&self.plan.profile).filter(|_| self.plan.sustain.is_none());
            let off = off.map(|_| ("sustain".to_owned(), "switched off by --no-sustain".to_owned()));
            report.reasons.extend(off);
            return;
        };
        steps.begin("sustain", &format!("decode on end for {}", Seconds::from_seconds(seconds)));
        let rows = self.rows(&Budget::of(self.plan.quick).plan(trial), settings.clone());
        match sustain_after(&self.plan.folder, &rows, self.model, seconds, self.observer) {
            Ok(bench) => {
                report.reasons.extend(bench.sustain_reason.clone().map(|why| ("sustain".to_owned(), why)));
                report.bench = Some(bench);
            }
            Err(why) => {
                report.reasons.insert("sustain".to_owned(), why.to_string());
            }
        }
    }

    fn evaluate(&self, steps: &mut Steps<'_>, settings: &Settings, trial: &Trial) -> Result<EvalReport, NotEvaluated> {
        if !self.plan.evaluate {
            steps.begin_silently("eval");
            return Err("switched off by --no-eval".to_owned().into());
        }
        steps.begin("eval", &evaluation::announcement(self.plan.quick, trial));
        Evaluation { plan: self.plan, model: self.model, settings, trial }.run(self.observer)
    }
}
