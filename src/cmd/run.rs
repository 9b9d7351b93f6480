//! `densimeter run`: probe, fetch, bench, evaluate, density, crossover, verdicts, report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::interrupt::{self, interrupted};
use super::{Outcome, bench, bench_table, own_device, probe, run_steps, terminal, threads, trial};
use crate::bench::plan::{Settings, StopRule};
use crate::cli::{Global, run::Run};
use crate::device::DeviceProfile;
use crate::meter::clock::{Clock, SystemClock};
use crate::report::bench::BenchReport;
use crate::report::journal::{Entry, RunPlan, SCHEMA};
use crate::report::run::RunReport;
use crate::report::store;
use crate::sysfs::Root;
use crate::unit::TokensPerSecond;
use crate::worker::protocol::EngineKind;

/// Runs the command.
pub(super) fn run(args: &Run, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let engine = bench::kind(args.engine);
    let mut steps = Steps::new(global.quiet);

    steps.begin("probe", "this device: about 10 s");
    let profile = probe::describe(&Root::system());
    let measured = probe::measure(&profile);
    let device = json!({ "name": device_name(&profile), "profile": profile, "measured": measured });

    steps.begin("fetch", "the model");
    let name = match &args.model {
        Some(name) => name.clone(),
        None => crate::model::catalog::default_model()?.id,
    };
    let model = bench::resolve_all(&[name], args.offline, engine, global)?.remove(0);
    let folder = args.output.clone().unwrap_or_else(|| default_folder(&profile));

    let (settings, mut notes) = settings(args, engine, &model.path, global)?;
    let threads = settings.threads;
    let trial = trial::run(engine, &model.path, &settings, global.seed)?;
    let budget = if args.quick { trial::QUICK } else { trial::FULL };
    let (shapes, stop, seconds) = budget.plan(&trial);
    notes.push(Entry::Note { text: budget.explain(&shapes) });
    steps.begin("bench", &format!("{}: about {seconds:.0} s", model.about.id));
    let plan = RunPlan {
        engine,
        seed: global.seed,
        models: vec![model.about.clone()],
        rows: bench::rows(1, &shapes, &[settings]),
        stop: StopRule { max_seconds: budget.max_row_seconds, ..stop },
    };
    let conduct = bench::Conduct { resume: false, wait: !args.no_wait, patience: budget.patience, sustain: None };
    let speed = bench::in_folder(&folder, &plan, std::slice::from_ref(&model), &notes, &conduct, global)?;

    let mut report = RunReport {
        schema: SCHEMA,
        run_id: store::run_id(&folder),
        device,
        valid: speed.valid,
        verdicts: vec![speed_verdict(&speed)],
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
    };
    if !interrupted() {
        let about = run_steps::eval_seconds(args, &trial);
        steps.begin("eval", &format!("MMLU, BBH, MATH, HumanEval, MBPP: about {about:.0} s"));
        let eval = run_steps::eval(args, &model.path, threads, &folder, &trial);
        report.eval = kept(eval, "eval", &mut report.reasons);
        steps.begin("density", "effective parameters");
        let density = run_steps::density(args, &model.about, report.eval.as_ref());
        report.density = kept(density, "density", &mut report.reasons);
        steps.begin("crossover", "Moore's law against the Densing Law");
        let crossover = run_steps::crossover(&profile);
        report.crossover = kept(crossover, "crossover", &mut report.reasons);
        report.verdicts.extend(run_steps::verdicts(&profile, report.density.as_ref(), report.crossover.as_ref()));
        own_device::conclude(&mut report, &profile, global.seed);
        write(&folder, &report)?;
    }
    report.seconds = steps.end();
    write(&folder, &report)?;
    show(&report, &folder, global)?;
    if interrupted() {
        anyhow::bail!("interrupted; what was measured is kept in {}", folder.display());
    }
    Ok(if report.bench.as_ref().is_some_and(|bench| bench.failed_rows() > 0) {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}

/// A part, or null and its reason.
fn kept(part: Result<Value, String>, name: &str, reasons: &mut BTreeMap<String, String>) -> Option<Value> {
    part.map_err(|why| reasons.insert(name.to_owned(), why)).ok()
}

/// Threads and engine settings: measured by a ladder, or one for each fast core when time is short.
fn settings(args: &Run, engine: EngineKind, model: &Path, global: &Global) -> anyhow::Result<(Settings, Vec<Entry>)> {
    let choice = if args.quick {
        threads::prior()
    } else {
        threads::ladder(engine, model, &Settings::with_threads(1), global.seed)?
    };
    Ok((Settings::with_threads(choice.threads), vec![Entry::Threads { rule: choice.rule }]))
}

/// What people call the device: its model, else its chip.
fn device_name(profile: &DeviceProfile) -> String {
    let names = [&profile.model, &profile.cpu.soc, &profile.cpu.name];
    names.into_iter().flatten().next().map_or_else(|| profile.class.to_string(), Clone::clone)
}

/// `reports/DEVICE/DATE-RUN` below the working directory.
fn default_folder(profile: &DeviceProfile) -> PathBuf {
    let name: String =
        device_name(profile).to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    let slug = if name.is_empty() { "device".to_owned() } else { name.join("-") };
    Path::new("reports").join(slug).join(store::new_run_id())
}

/// "SmolLM2 decodes 80 tokens/s and takes 0.7 s to the first token of 512."
fn speed_verdict(report: &BenchReport) -> String {
    let mut parts = Vec::new();
    for row in &report.results {
        if let Some(speed) = &row.tokens_per_second {
            parts.push(format!("{} {}", row.test, TokensPerSecond::from_per_second(speed.point)));
        }
        if let Some(ttft) = &row.ttft {
            parts.push(format!("first token of {} after {}", row.tokens, crate::report::table::millis(ttft.user_ns)));
        }
    }
    let name = report.model.as_ref().map_or("the model", |model| model.id.as_str());
    format!("{name} here: {} ({})", parts.join(", "), if report.valid { "VALID" } else { "INVALID: see the warnings" })
}

fn write(folder: &Path, report: &RunReport) -> anyhow::Result<()> {
    store::write_json(&folder.join("report.json"), report)?;
    store::write(&folder.join("README.md"), report.markdown().as_bytes())?;
    Ok(())
}

fn show(report: &RunReport, folder: &Path, global: &Global) -> anyhow::Result<()> {
    if global.json {
        terminal::json(report)?;
    } else {
        if let Some(bench) = &report.bench {
            terminal::out(&bench_table::render(bench))?;
        }
        let class = report.device.pointer("/profile/class").and_then(Value::as_str).unwrap_or("unknown");
        terminal::out(&format!("class {class}\n"))?;
        for verdict in &report.verdicts {
            terminal::out(&format!("{verdict}\n"))?;
        }
        for (part, reason) in &report.reasons {
            terminal::out(&format!("{part}: none: {reason}\n"))?;
        }
    }
    terminal::note(&format!("report: {}", folder.join("README.md").display()));
    Ok(())
}

/// Announces the steps and keeps their times.
struct Steps {
    clock: SystemClock,
    quiet: bool,
    current: Option<(&'static str, std::time::Duration)>,
    seconds: BTreeMap<String, f64>,
}

impl Steps {
    fn new(quiet: bool) -> Self {
        Self { clock: SystemClock::new(), quiet, current: None, seconds: BTreeMap::new() }
    }

    fn begin(&mut self, name: &'static str, what: &str) {
        self.close();
        if !self.quiet {
            terminal::note(&format!("{name}: {what}"));
        }
        self.current = Some((name, self.clock.now()));
    }

    fn close(&mut self) {
        if let Some((name, start)) = self.current.take() {
            self.seconds.insert(name.to_owned(), (self.clock.now() - start).as_secs_f64());
        }
    }

    fn end(mut self) -> BTreeMap<String, f64> {
        self.close();
        self.seconds
    }
}
