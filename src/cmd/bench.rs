//! `densimeter bench`: resolve the models, plan the rows, measure them, show the report.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::interrupt::{self, interrupted};
use super::measure::{Setting, measure};
use super::memory::Forecast;
use super::models::progress::Bar;
use super::{Outcome, Usage, bench_table, sustain, terminal, threads};
use crate::bench::plan::{Phase, Row, Settings, Shape, StopRule};
use crate::cli::Global;
use crate::cli::bench::{Bench, Engine, Threads};
use crate::meter::clock::SystemClock;
use crate::meter::gate::Gate;
use crate::meter::load::LoadMeter;
use crate::meter::thermal::ThermalMeter;
use crate::model::gguf::Header;
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::report::bench::BenchReport;
use crate::report::journal::{Entry, Journal, RunModel, RunPlan, SCHEMA};
use crate::report::{csv, markdown, store};
use crate::sysfs::Root;
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

/// Wall clock after which a row is ended with what it has, seconds.
const MAX_ROW_SECONDS: f64 = 1800.0;

/// Seconds to wait for a cool or quiet machine at most (five minutes are MLPerf Mobile's pause).
const PATIENCE: u64 = 300;

/// Runs the command.
pub(super) fn run(args: &Bench, global: &Global) -> anyhow::Result<Outcome> {
    let engine = kind(args.engine);
    if args.list_devices {
        return list_devices(engine, global);
    }
    if args.models.is_empty() {
        return Err(Usage("bench needs a model: densimeter bench -m smollm2-135m-instruct".to_owned()).into());
    }
    interrupt::listen();
    let shapes = shapes(args)?;
    let models = resolve_all(&args.models, args.offline, engine, global)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => store::state_folder()?,
    };
    let plan_with = |threads: &[u32]| RunPlan {
        engine,
        seed: global.seed,
        models: models.iter().map(|model| model.about.clone()).collect(),
        rows: rows(models.len(), &shapes, &settings(args, threads)),
        stop: stop_rule(args),
    };
    let mut notes = Vec::new();
    let threads = match exactly(&args.threads).or_else(|| earlier_threads(&folder, args)) {
        Some(threads) => threads,
        None => {
            // The ladder loads the model too: what cannot fit is refused before it.
            if let Some(reason) = Forecast::of(&plan_with(&[1]), &models).hopeless() {
                anyhow::bail!("{reason}");
            }
            store::prepare(&folder)?;
            choose_threads(args, engine, &models[0].path, global, &mut notes)?
        }
    };
    let plan = plan_with(&threads);
    let conduct = Conduct { resume: args.resume, wait: !args.no_wait, patience: PATIENCE, sustain: args.sustain };
    let report = in_folder(&folder, &plan, &models, &notes, &conduct, global)?;
    // Where nothing was measured one line says why; a table of dashes would only hide it.
    if global.json || report.failed_rows() < report.results.len() {
        show(&report, args, global)?;
    }
    conclude(&report, &folder, args, global)
}

/// How a plan is carried out.
pub(super) struct Conduct {
    /// Go on with the journal that is there.
    pub(super) resume: bool,
    /// Wait for a cool or quiet machine.
    pub(super) wait: bool,
    /// Seconds of that wait at most.
    pub(super) patience: u64,
    /// Seconds to decode on end after the rows.
    pub(super) sustain: Option<f64>,
}

/// A model with its file.
pub(super) struct Chosen {
    /// The file.
    pub(super) path: PathBuf,
    /// What the report says of it.
    pub(super) about: RunModel,
}

/// The engine that was typed.
pub(super) const fn kind(engine: Engine) -> EngineKind {
    match engine {
        Engine::Llama => EngineKind::Llama,
        Engine::Mock => EngineKind::Mock,
    }
}

/// Resolves every model argument, fetching what is missing.
pub(super) fn resolve_all(
    names: &[String],
    offline: bool,
    engine: EngineKind,
    global: &Global,
) -> anyhow::Result<Vec<Chosen>> {
    // Without the engine nothing can be measured: say so before hundreds of megabytes are fetched.
    serve::engine(engine)?;
    let options = ResolveOptions::from_environment(offline)?;
    let mut chosen: Vec<Chosen> = Vec::new();
    for name in names {
        let mut bar = Bar::new(global.quiet);
        let found = resolve::resolve(name, &options, &mut |event| bar.hear(event));
        bar.finish();
        let mut model = about(found?)?;
        // Two files of one name in two folders: their rows must not be taken for each other's.
        if chosen.iter().any(|other| other.about.id == model.about.id && other.path != model.path) {
            model.about.id = model.path.display().to_string();
        }
        chosen.push(model);
    }
    Ok(chosen)
}

fn about(model: ResolvedModel) -> anyhow::Result<Chosen> {
    let header = Header::read(&model.path)?;
    let bits =
        header.bits_per_weight().with_context(|| format!("{}: the file holds no weights", model.path.display()))?;
    let kv = header.facts().kv_cache.map(|cache| (cache.key_elements, cache.value_elements));
    let about = RunModel {
        id: model.id,
        sha256: model.sha256,
        params: header.params().count() as u64,
        bytes: model.bytes.bytes(),
        bits_per_weight: bits.bits(),
        kv_elements: kv,
    };
    Ok(Chosen { path: model.path, about })
}

fn shapes(args: &Bench) -> Result<Vec<Shape>, Usage> {
    let mut shapes = Vec::new();
    for &depth in &args.n_depth {
        let prefill = args.n_prompt.iter().map(|&tokens| Shape { phase: Phase::Prefill, tokens, depth });
        let decode = args.n_gen.iter().map(|&tokens| Shape { phase: Phase::Decode, tokens, depth });
        shapes.extend(prefill.chain(decode).filter(|shape| shape.tokens > 0));
    }
    if shapes.is_empty() {
        return Err(Usage("-p 0 and -n 0 leave nothing to time: give -p 512, -n 128, or both".to_owned()));
    }
    Ok(shapes)
}

/// The counts as typed, when none of them is `auto`.
fn exactly(typed: &[Threads]) -> Option<Vec<u32>> {
    let count = |threads: &Threads| match *threads {
        Threads::Exactly(count) => Some(count),
        Threads::Auto => None,
    };
    typed.iter().map(count).collect()
}

/// The counts of the run that is to go on: another ladder might end elsewhere, and then nothing could be resumed.
fn earlier_threads(folder: &Path, args: &Bench) -> Option<Vec<u32>> {
    let journal = folder.join(crate::report::journal::FILE);
    let entries = args.resume.then(|| Journal::read(&journal).ok()).flatten()?;
    let plan = earlier_plan(&entries)?;
    // Threads are the outermost of the settings (see `settings`).
    let rows_per_count = plan.rows.len() / plan.models.len().max(1) / args.threads.len();
    (0..args.threads.len()).map(|place| Some(plan.rows.get(place * rows_per_count)?.settings.threads)).collect()
}

/// The counts, with `auto` found by the ladder.
fn choose_threads(
    args: &Bench,
    engine: EngineKind,
    model: &Path,
    global: &Global,
    notes: &mut Vec<Entry>,
) -> anyhow::Result<Vec<u32>> {
    let mut counts = Vec::new();
    for &typed in &args.threads {
        counts.push(match typed {
            Threads::Exactly(count) => count,
            Threads::Auto => {
                let base = Settings { n_gpu_layers: args.n_gpu_layers[0], ..Settings::with_threads(1) };
                let choice = threads::ladder(engine, model, &base, global.seed)?;
                notes.push(Entry::Threads { rule: choice.rule });
                choice.threads
            }
        });
    }
    Ok(counts)
}

/// Every combination of the typed settings with these thread counts.
fn settings(args: &Bench, threads: &[u32]) -> Vec<Settings> {
    let mut all = Vec::new();
    for &threads in threads {
        for &n_batch in &args.batch_size {
            for &n_ubatch in &args.ubatch_size {
                for &flash_attention in &args.flash_attn {
                    for &type_k in &args.cache_type_k {
                        for &type_v in &args.cache_type_v {
                            for &n_gpu_layers in &args.n_gpu_layers {
                                all.push(Settings {
                                    threads,
                                    n_batch,
                                    n_ubatch: n_ubatch.min(n_batch),
                                    flash_attention,
                                    type_k,
                                    type_v,
                                    n_gpu_layers,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

/// Every shape under every setting on every model.
pub(super) fn rows(models: usize, shapes: &[Shape], settings: &[Settings]) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in 0..models {
        for settings in settings {
            rows.extend(shapes.iter().map(|&shape| Row { model, shape, settings: settings.clone() }));
        }
    }
    rows
}

fn stop_rule(args: &Bench) -> StopRule {
    let default_seconds = if args.repetitions.is_some() { 0.0 } else { crate::bench::warning::MIN_SECONDS };
    StopRule {
        repetitions: args.repetitions.unwrap_or(5),
        min_seconds: args.min_time.unwrap_or(default_seconds),
        max_seconds: MAX_ROW_SECONDS,
    }
}

/// Measures a plan with its journal in a folder and derives the report.
pub(super) fn in_folder(
    folder: &Path,
    plan: &RunPlan,
    models: &[Chosen],
    notes: &[Entry],
    conduct: &Conduct,
    global: &Global,
) -> anyhow::Result<BenchReport> {
    let forecast = Forecast::of(plan, models);
    if let Some(reason) = forecast.hopeless() {
        anyhow::bail!("{reason}");
    }
    let (mut journal, before) = Journal::open(folder)?;
    let mut wanted = open_rows(&before, plan, folder, conduct.resume)?;
    let clock = SystemClock::new();
    journal.append(&Entry::Run {
        schema: SCHEMA,
        run_id: store::run_id(folder),
        started: jiff::Timestamp::now(),
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        plan: Box::new(plan.clone()),
    })?;
    journal.append(&Entry::Device { profile: serde_json::to_value(super::probe::describe(&Root::system()))? })?;
    for note in notes {
        journal.append(note)?;
    }
    for &row in &wanted {
        if let Some(reason) = &forecast.refused[row] {
            journal.append(&Entry::RowFailed { row, error: reason.clone() })?;
        }
    }
    wanted.retain(|&row| forecast.refused[row].is_none());
    let sustain = conduct.sustain.filter(|seconds| !sustained(&before, *seconds));
    let idle = wanted.is_empty() && sustain.is_none();
    let gate = if conduct.wait && !idle {
        let root = Root::system();
        let gate = Gate { timeout: std::time::Duration::from_secs(conduct.patience), ..Gate::default() };
        gate.wait(&clock, &ThermalMeter::new(root.clone()), &LoadMeter::of_self(root), &interrupted)
    } else {
        Gate::skipped()
    };
    if !idle {
        journal.append(&Entry::Gate { gate })?;
    }
    let paths: Vec<PathBuf> = models.iter().map(|model| model.path.clone()).collect();
    let setting = Setting { paths: &paths, needs: &forecast.needs, available: forecast.available, quiet: global.quiet };
    measure(plan, &wanted, &setting, &mut journal)?;
    if let Some(seconds) = sustain
        && !interrupted()
    {
        sustain::measure(plan, &models[0].path, seconds, global.quiet, &mut journal)?;
    }
    drop(journal);
    let entries = Journal::read(&folder.join(crate::report::journal::FILE))?;
    let report = BenchReport::of(&entries).context("the journal holds no run")?;
    store::write_json(&folder.join("bench.json"), &report)?;
    Ok(report)
}

/// The plan of the run that a journal holds.
fn earlier_plan(entries: &[Entry]) -> Option<&RunPlan> {
    entries.iter().find_map(|entry| match entry {
        Entry::Run { plan, .. } => Some(&**plan),
        _ => None,
    })
}

/// Whether the journal holds a whole sustained series of so many seconds.
fn sustained(entries: &[Entry], seconds: f64) -> bool {
    entries.iter().any(|entry| matches!(entry, Entry::Sustain { elapsed_s, .. } if *elapsed_s >= seconds))
}

/// The rows that the journal does not hold yet.
fn open_rows(before: &[Entry], plan: &RunPlan, folder: &Path, resume: bool) -> anyhow::Result<Vec<usize>> {
    let Some(earlier) = earlier_plan(before) else { return Ok((0..plan.rows.len()).collect()) };
    if !resume {
        return Err(Usage(format!(
            "{}: holds a run already; go on with it by --resume, or give another folder with -o",
            folder.display()
        ))
        .into());
    }
    if earlier != plan {
        return Err(Usage(format!(
            "{}: holds another run (models, rows or seed differ); give another folder with -o",
            folder.display()
        ))
        .into());
    }
    let done =
        |row: usize| before.iter().any(|entry| matches!(entry, Entry::RowDone { row: done, .. } if *done == row));
    Ok((0..plan.rows.len()).filter(|&row| !done(row)).collect())
}

fn list_devices(engine: EngineKind, global: &Global) -> anyhow::Result<Outcome> {
    let devices = serve::engine(engine)?.accelerators();
    if global.json {
        terminal::json(&devices)?;
    } else {
        for device in devices {
            terminal::out(&format!("{}\t{}\t{}\n", device.name, device.backend, device.description))?;
        }
    }
    Ok(Outcome::Done)
}

fn show(report: &BenchReport, args: &Bench, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(report);
    }
    if args.csv {
        return terminal::out(&csv::bench(report)?);
    }
    if args.md {
        return terminal::out(&markdown::bench(report));
    }
    terminal::out(&bench_table::render(report))?;
    match &report.sustain {
        Some(curve) => terminal::out(&sustain::chart(curve)),
        None => Ok(()),
    }
}

/// Says where everything lies and picks the outcome.
fn conclude(report: &BenchReport, folder: &Path, args: &Bench, global: &Global) -> anyhow::Result<Outcome> {
    if interrupted() {
        anyhow::bail!(
            "interrupted; what was measured is kept in {}: go on with the same command and -o {} --resume",
            folder.display(),
            folder.display()
        );
    }
    let failed = report.failed_rows();
    if failed == report.results.len() {
        let reason = report.results.first().and_then(|row| row.reason.clone()).unwrap_or_default();
        anyhow::bail!("no row could be measured: {reason}");
    }
    if !global.quiet {
        terminal::note(&format!("journal and report: {}", folder.display()));
    }
    if args.strict && !report.valid {
        anyhow::bail!("--strict: some rows are INVALID (see the warnings above)");
    }
    if failed > 0 || report.sustain_reason.is_some() {
        return Ok(Outcome::SomeFailed);
    }
    Ok(Outcome::Done)
}
