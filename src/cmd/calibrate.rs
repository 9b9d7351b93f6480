//! `densimeter devices calibrate`: a ladder of files is measured here, and this device's own model fitted to it.

use std::path::PathBuf;

use anyhow::Context;
use comfy_table::{Table, presets};

use super::progress::Terminal;
use super::{Outcome, Usage, bench, interrupt, terminal};
use crate::bench::plan::{Phase, Row, Settings, Shape, StopRule};
use crate::cli::Global;
use crate::cli::devices::Calibrate;
use crate::device::compute::ComputeProbe;
use crate::device::ladder::{Timing, Work};
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::{Entry, RunPlan};
use crate::measure::model_file::{ModelFile, resolve_all};
use crate::measure::quantizer::{Quantizer, cache_path, earlier};
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::sweep::Threads;
use crate::measure::{device, thread_sweep};
use crate::model::gguf::Header;
use crate::model::recipe::{Recipe, UnknownName};
use crate::model::resolve::{self, ResolveOptions};
use crate::report::device_cost::{CostReport, Misses};
use crate::report::device_model::{DeviceModel, Machine, Peak, SCHEMA, rung};
use crate::report::store;
use crate::stat::Estimate;
use crate::sysfs::Root;

/// Tokens of a prompt and of a decode.
const SHAPES: [Shape; 2] =
    [Shape { phase: Phase::Prefill, tokens: 512, depth: 0 }, Shape { phase: Phase::Decode, tokens: 48, depth: 0 }];

/// What one file of each model is measured at beside them: attention shows only with depth.
const DEPTHS: [Shape; 5] = [
    Shape { phase: Phase::Prefill, tokens: 128, depth: 0 },
    Shape { phase: Phase::Prefill, tokens: 1024, depth: 0 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 256 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 512 },
    Shape { phase: Phase::Decode, tokens: 32, depth: 1024 },
];

/// The longest that one row may take, seconds.
const MAX_ROW_SECONDS: f64 = 120.0;

/// Seconds to wait for a cool or quiet machine at most.
const PATIENCE: u64 = 300;

/// A file of the ladder.
struct Step {
    model: String,
    format: String,
    chosen: ModelFile,
}

/// Runs the command.
pub(super) fn run(args: &Calibrate, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let engine = bench::kind(args.engine);
    let observer = Terminal::new(global.quiet);
    let profile = device::describe(&Root::system());
    let measured = (!args.no_probe).then(|| device::measure(&profile));
    let steps = if args.as_is { given_files(args, global)? } else { quantised_files(args, global)? };
    let threads = match args.threads {
        Threads::Exactly(count) => count,
        Threads::Auto => {
            let settings = Settings::with_threads(1);
            thread_sweep::fastest(engine, &steps[0].chosen.path, &settings, global.seed, &observer)?.threads
        }
    };
    let settings = Settings::with_threads(threads);
    let plan = RunPlan {
        engine,
        seed: global.seed,
        models: steps.iter().map(|step| step.chosen.info.clone()).collect(),
        rows: rows(&steps, &settings),
        stop: StopRule { repetitions: args.repetitions, min_seconds: 0.0, max_seconds: MAX_ROW_SECONDS },
    };
    let folder = match &args.run_folder {
        Some(folder) => folder.clone(),
        None => store::state_folder()?,
    };
    let options =
        SessionOptions { resume: args.resume, wait: !args.no_wait, patience: PATIENCE, sustain: None, deadline: None };
    let (formats, models): (Vec<_>, Vec<_>) =
        steps.into_iter().map(|step| ((step.model, step.format), step.chosen)).unzip();
    let notes = [Entry::Note { text: "the ladder of a device model".to_owned() }];
    let report = run_session(&folder, &plan, &models, &notes, &options, &observer)?;
    if interrupt::interrupted() {
        anyhow::bail!(
            "interrupted; what was measured is kept in {}: go on with the same command and --run-folder {} --resume",
            folder.display(),
            folder.display()
        );
    }
    let machine = Machine::of(&profile, best_bandwidth(measured.as_ref()), best_compute(measured.as_ref()));
    let mut model = collect(&report, &models, &formats, machine, threads)?;
    model.derive().with_context(|| folder.display().to_string())?;
    if !report.valid {
        let invalid = report.results.iter().filter(|row| !row.valid).count();
        model.warnings.push(format!("{invalid} of {} rows are INVALID by the rules of bench", report.results.len()));
    }
    let target = match &args.output {
        Some(path) => path.clone(),
        None => store::device_model_path()?,
    };
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    store::write_json(&target, &model)?;
    if global.json {
        terminal::json(&model)?;
    } else {
        terminal::out(&text(&model))?;
    }
    if !global.quiet {
        terminal::note(&format!("device model: {}", target.display()));
    }
    Ok(if report.failed_rows() > 0 { Outcome::SomeFailed } else { Outcome::Done })
}

/// The models as they were named, without quantising.
fn given_files(args: &Calibrate, global: &Global) -> anyhow::Result<Vec<Step>> {
    let observer = Terminal::new(global.quiet);
    let chosen = resolve_all(&args.models, args.offline, bench::kind(args.engine), &observer)?;
    let step = |chosen: ModelFile| Step { model: chosen.info.id.clone(), format: "as-is".to_owned(), chosen };
    Ok(chosen.into_iter().map(step).collect())
}

/// Every model in every format, from the cache or quantised into it; matrices of one type only, so that bytes differ.
fn quantised_files(args: &Calibrate, global: &Global) -> anyhow::Result<Vec<Step>> {
    let options = ResolveOptions::from_environment(args.offline)?;
    let observer = Terminal::new(global.quiet);
    let quantizer = Quantizer::new(bench::kind(args.engine), None, &observer);
    let mut recipes = Vec::new();
    for format in &args.formats {
        let format = format.parse().map_err(|error: UnknownName| Usage(error.to_string()))?;
        recipes.push(Recipe { pure: true, ..Recipe::plain(format) });
    }
    let mut steps = Vec::new();
    for name in &args.models {
        let source = resolve::resolve_watched(name, &options, &observer)?;
        for recipe in &recipes {
            let path = cache_path(&options.cache, &source, recipe);
            if earlier(&path, &source).is_none() {
                quantizer.write(&source, recipe, &path)?;
            }
            let argument = path.display().to_string();
            let mut chosen = resolve_all(&[argument], true, bench::kind(args.engine), &observer)?;
            steps.push(Step {
                model: source.id.clone(),
                format: recipe.format.name().to_owned(),
                chosen: chosen.remove(0),
            });
        }
    }
    Ok(steps)
}

/// The shapes of every file; those of depth on the last file of a model but one, where weights cost little and types
/// are usual.
fn rows(steps: &[Step], settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for (model, step) in steps.iter().enumerate() {
        let of_model: Vec<usize> = (0..steps.len()).filter(|&other| steps[other].model == step.model).collect();
        let deep = of_model[of_model.len().saturating_sub(2)] == model;
        let shapes = SHAPES.into_iter().chain(DEPTHS.into_iter().filter(|_| deep));
        rows.extend(shapes.map(|shape| Row { model, shape, settings: settings.clone() }));
    }
    rows
}

fn best_bandwidth(measured: Option<&ComputeProbe>) -> Option<f64> {
    measured?.read_bandwidth.iter().map(|samples| samples.best).reduce(f64::max)
}

fn best_compute(measured: Option<&ComputeProbe>) -> Option<f64> {
    measured?.fp32.iter().map(|samples| samples.best).reduce(f64::max)
}

/// Takes files and rows out of the bench report.
fn collect(
    report: &BenchReport,
    models: &[ModelFile],
    formats: &[(String, String)],
    device: Machine,
    threads: u32,
) -> anyhow::Result<DeviceModel> {
    let mut rungs = Vec::new();
    for (chosen, (model, format)) in models.iter().zip(formats) {
        rungs.push(rung(&Header::read(&chosen.path)?, model, format));
    }
    let (mut timings, mut peaks) = (Vec::new(), Vec::new());
    for row in report.results.iter() {
        let Some(rung) = models.iter().position(|chosen| chosen.info.id == row.model) else { continue };
        // The median: a repetition that others disturbed must not pull the fit.
        let Some(speed) = row.median_tokens_per_second.filter(|speed| *speed > 0.0) else { continue };
        let work = match row.phase {
            Phase::Prefill => Work::Prefill,
            Phase::Decode => Work::Decode,
        };
        let (depth, tokens) = (f64::from(row.depth), f64::from(row.tokens));
        timings.push(Timing { rung, work, depth, tokens, seconds: 1.0 / speed });
        if let (Some(peak), Some(cache)) = (row.memory.peak_rss, row.memory.kv_cache) {
            peaks.push(Peak { rung, peak_bytes: peak as f64, cache_bytes: cache as f64 });
        }
    }
    Ok(DeviceModel {
        schema: SCHEMA,
        measured: report.started,
        densimeter: env!("CARGO_PKG_VERSION").to_owned(),
        engine: report.engine.as_ref().map_or_else(String::new, |engine| engine.build.clone()),
        device,
        threads,
        rungs,
        timings,
        peaks,
        k1: None,
        k2: None,
        decode: None,
        prefill: None,
        overhead_bytes: None,
        reasons: std::collections::BTreeMap::new(),
        warnings: Vec::new(),
    })
}

fn text(model: &DeviceModel) -> String {
    let mut text = String::new();
    for (name, cost) in [("decode", &model.decode), ("prefill", &model.prefill)] {
        if let Some(cost) = cost {
            text += &costs(name, cost);
        }
    }
    let scaled = |estimate: &Option<Estimate>, factor: f64, unit: &str| {
        let shown = estimate.clone().map(|value| format!("{:.3} {unit}", value.map(|x| x * factor)));
        shown.unwrap_or_else(|| "not determined".to_owned())
    };
    text += &format!("k1 (read a 16-bit weight)     {}\n", scaled(&model.k1, 1e12, "ps"));
    text += &format!("k2 (compute with it)          {}\n", scaled(&model.k2, 1e12, "ps"));
    text += &format!("memory beside weights and KV  {}\n", scaled(&model.overhead_bytes, 1.0 / 1048576.0, "MiB"));
    for warning in &model.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

fn costs(name: &str, cost: &CostReport) -> String {
    let mut text = format!("{name}: seconds of a token, by file\n");
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "file",
        "depth",
        "measured ms",
        "fit",
        "file left out",
        "model left out",
    ]);
    let percent = |miss: Option<f64>| miss.map_or(String::new(), |miss| format!("{:+.1} %", 100.0 * miss));
    for row in &cost.rows {
        table.add_row([
            row.rung.clone(),
            format!("{:.0}", row.depth),
            format!("{:.3}", 1e3 * row.seconds),
            percent(Some(row.fitted)),
            percent(row.without_rung),
            percent(row.without_model),
        ]);
    }
    text += &format!("{table}\n");
    for kind in &cost.types {
        let rate = kind.bytes_per_second.as_ref().map_or(String::new(), |rate| {
            format!(", {:.2} GB/s, bound by {}", rate.clone().map(|x| x / 1e9), kind.bound.unwrap_or_default())
        });
        text +=
            &format!("  {:<6} {:.2} ps a weight{rate}\n", kind.name, kind.seconds_per_weight.clone().map(|x| x * 1e12));
    }
    if let Some(layer) = &cost.seconds_per_layer {
        text += &format!("  t0     {:.2} us a layer\n", layer.clone().map(|x| x * 1e6));
    }
    if let Some(attention) = &cost.attention_seconds {
        text += &format!("  c_attn {:.2} ps an element and position\n", attention.clone().map(|x| x * 1e12));
    }
    if let Some(share) = &cost.efficiency {
        text += &format!("  share of what the probe reached: {share:.2}\n");
    }
    let misses = |misses: &Option<Misses>| {
        let shown =
            |found: &Misses| format!("median {:.1} %, worst {:.1} %", 100.0 * found.median, 100.0 * found.worst);
        misses.as_ref().map_or_else(|| "not determined".to_owned(), shown)
    };
    text += &format!(
        "  file left out: {}; model left out: {}\n",
        misses(&cost.leave_one_rung_out),
        misses(&cost.cross_model)
    );
    text + &format!("  condition number {:.0}, residuals {:.1} %\n", cost.condition_number, 100.0 * cost.residual_sd)
}

/// Where the device model lies.
#[must_use]
pub(super) fn stored() -> Option<PathBuf> {
    store::device_model_path().ok().filter(|path| path.is_file())
}
