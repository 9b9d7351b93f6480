//! `densimeter run`: probe, fetch, bench, evaluate, density, crossover, verdicts, report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::progress::Terminal;
use super::{Outcome, Usage, bench, own_device, run_steps};
use crate::bench::plan::Settings;
use crate::cli::{Global, run::Run};
use crate::device::DeviceProfile;
use crate::measure::journal::{Entry, RunPlan, SCHEMA, Trial};
use crate::measure::memory_need::MemoryNeed;
use crate::measure::model_file::resolve_all;
use crate::measure::pilot::{self, BenchPlan, Budget};
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::{device as this_device, sweep, thread_sweep};
use crate::meter::deadline::Deadline;
use crate::process::interrupt::{self, interrupted};
use crate::report::run::RunReport;
use crate::report::store;
use crate::sysfs::Root;
use crate::unit::Seconds;

mod earlier;
mod show;
mod steps;

use earlier::Earlier;
use steps::Steps;

/// Seconds of the bandwidth and compute probes.
const PROBE_SECONDS: f64 = 8.0;

/// Runs the command.
pub(super) fn run(args: &Run, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let engine = bench::kind(args.engine);
    let profile = this_device::describe(&Root::system());
    let folder = args.output.clone().unwrap_or_else(|| default_folder(&profile));
    if let Some(data) = args.data.as_ref().filter(|data| !args.no_eval && !data.is_dir()) {
        return Err(Usage(format!("--data {}: no such folder", data.display())).into());
    }
    let earlier = Earlier::of(&folder, args)?;
    store::may_hold(&folder)?;
    let mut steps = Steps::new(global.quiet);
    let observer = Terminal::new(global.quiet);

    // Quiet where nothing has to be fetched: a model that is none is refused in one line.
    steps.begin_silently("fetch");
    let name = match &args.model {
        Some(name) => name.clone(),
        None => crate::model::catalog::default_model()?.id,
    };
    let model = resolve_all(&[name], args.offline, engine, &observer)?.remove(0);
    store::prepare(&folder)?;
    let _alone = store::hold(&folder)?;
    steps.say(&show::machine(&profile));

    let prior = thread_sweep::prior();
    let about = RunPlan {
        engine,
        seed: global.seed,
        models: vec![model.info.clone()],
        rows: Vec::new(),
        stop: Budget::of(args.quick).stop(),
    };
    let plan_with = |bench: &BenchPlan, settings: Settings| RunPlan {
        rows: sweep::rows(1, &bench.shapes, &[settings]),
        stop: bench.stop,
        ..about.clone()
    };
    let trial = match &earlier {
        Some(earlier) => earlier.trial,
        None => {
            // The look loads the model too: what cannot fit is refused before it.
            let least = Budget::of(args.quick).plan(&Trial::INSTANT);
            let least = plan_with(&least, Settings::with_threads(prior.threads));
            MemoryNeed::of(&least, std::slice::from_ref(&model)).refuse_hopeless()?;
            steps.begin("look", "how fast the model is here");
            pilot::look(engine, &model.path, &Settings::with_threads(prior.threads), global.seed, &observer)?
        }
    };
    let bench_plan = Budget::of(args.quick).plan(&trial);
    let sweep_seconds = if args.quick || earlier.is_some() { 0.0 } else { thread_sweep::seconds(&trial) };
    let bench_seconds = sweep_seconds + bench_plan.seconds;
    let (least, most) = run_steps::eval_seconds(args, &trial);
    let eval_time = Seconds::range(least, most);
    let before = PROBE_SECONDS + bench_seconds;
    let evaluation = match (args.no_eval, most > least) {
        (true, _) => String::new(),
        (false, true) => format!(", evaluation {eval_time}, by how long the model's texts get"),
        (false, false) => format!(", evaluation {eval_time}"),
    };
    steps.say(&format!(
        "about {}: probe {}, bench {}{evaluation}{}",
        Seconds::range(before + least, before + most),
        Seconds::from_seconds(PROBE_SECONDS),
        Seconds::from_seconds(bench_seconds),
        if earlier.is_some() { "; less what the earlier run measured" } else { "" }
    ));

    steps.begin("probe", "bandwidth and compute of this device");
    let device = device(&profile)?;

    steps.begin("bench", &format!("{}, about {}", model.info.id, Seconds::from_seconds(bench_seconds)));
    let (settings, rule) = match earlier.as_ref().and_then(Earlier::settings) {
        Some(settings) => (settings, None),
        None if args.quick => (Settings::with_threads(prior.threads), Some(prior.rule)),
        None => {
            let settings = Settings::with_threads(1);
            let found = thread_sweep::fastest(engine, &model.path, &settings, global.seed, &observer)?;
            (Settings::with_threads(found.threads), Some(found.rule))
        }
    };
    let threads = settings.threads;
    let mut notes = Vec::new();
    if earlier.is_none() {
        notes.push(Entry::Trial { quick: args.quick, trial });
        notes.push(Entry::Note { text: bench_plan.note.clone() });
    }
    notes.extend(rule.map(|rule| Entry::Threads { rule }));
    let plan = plan_with(&bench_plan, settings);
    let patience = Budget::of(args.quick).patience;
    let deadline =
        args.quick.then(|| Deadline::new(Duration::from_secs_f64((Budget::of(true).total - trial.spent).max(0.0))));
    let options = SessionOptions { resume: args.resume, wait: !args.no_wait, patience, sustain: None, deadline };
    let speed = run_session(&folder, &plan, std::slice::from_ref(&model), &notes, &options, &observer)?;

    let mut report = RunReport {
        schema: SCHEMA,
        run_id: store::run_id(&folder),
        device,
        valid: speed.valid,
        verdicts: vec![show::speed_verdict(&speed)],
        bench: Some(speed),
        eval: None,
        density: None,
        crossover: None,
        audit: None,
        reasons: BTreeMap::from([(
            "audit".to_owned(),
            "a run measures one model; `densimeter audit ORIGINAL COMPRESSED` compares two".to_owned(),
        )]),
        warnings: Vec::new(),
        seconds: BTreeMap::new(),
        complete: false,
        command: Some(steps::command(args, &model.info.id, global.seed)),
        frontier: None,
        supersedes: None,
        imported: None,
    };
    if interrupted() {
        for part in ["eval", "density", "crossover"] {
            report.reasons.insert(part.to_owned(), "interrupted before".to_owned());
        }
    } else {
        show::write(&folder, &report)?;
        if args.no_eval {
            steps.begin_silently("eval");
        } else {
            steps.begin("eval", &format!("MMLU, BBH, MATH, HumanEval, MBPP, about {eval_time}"));
        }
        let eval = run_steps::eval(args, &model, threads, &folder, &trial);
        report.eval = kept(eval, "eval", &mut report.reasons);
        steps.begin("density", "effective parameters");
        let density = run_steps::density(args, &model.info, report.eval.as_ref());
        report.density = kept(density, "density", &mut report.reasons);
        steps.begin("crossover", "Moore's law against the Densing Law");
        let crossover = run_steps::crossover(&profile);
        report.crossover = kept(crossover, "crossover", &mut report.reasons);
        report.verdicts.extend(run_steps::verdicts(&profile, report.density.as_ref(), report.crossover.as_ref()));
        own_device::conclude(&mut report, &profile, global.seed);
        report.frontier = kept(own_device::frontier(global.seed), "frontier", &mut report.reasons);
    }
    report.seconds = steps.end();
    report.complete = !interrupted();
    show::write(&folder, &report)?;
    show::show(&report, &folder, global)?;
    if interrupted() {
        anyhow::bail!(
            "interrupted; what was measured is kept in {}: go on with the same command and -o {} --resume",
            folder.display(),
            folder.display()
        );
    }
    let failed = report.bench.as_ref().is_some_and(|bench| bench.failed_rows() > 0);
    Ok(if failed { Outcome::SomeFailed } else { Outcome::Done })
}

/// The profile, the device's name and what was measured of it.
fn device(profile: &DeviceProfile) -> anyhow::Result<Value> {
    let mut device = serde_json::to_value(profile)?;
    device["name"] = json!(show::device_name(profile));
    device["measured"] = serde_json::to_value(this_device::measure(profile))?;
    Ok(device)
}

/// A part, or null and its reason.
fn kept<T>(part: Result<T, String>, name: &str, reasons: &mut BTreeMap<String, String>) -> Option<T> {
    part.map_err(|why| reasons.insert(name.to_owned(), why)).ok()
}

/// `reports/DEVICE/DATE-RUN` below the working directory.
fn default_folder(profile: &DeviceProfile) -> PathBuf {
    let name: String = show::device_name(profile)
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    let slug = if name.is_empty() { "device".to_owned() } else { name.join("-") };
    Path::new("reports").join(slug).join(store::new_run_id())
}
