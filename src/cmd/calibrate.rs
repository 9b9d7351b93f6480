//! `densimeter devices calibrate`: a ladder of files is measured here, and this device's own model fitted to it.

use std::path::PathBuf;

use anyhow::Context;

use super::bench::{self, Chosen, Conduct};
use super::models::progress::Bar;
use super::quantize::{Quantizer, cache_path, earlier};
use super::{Outcome, Usage, interrupt, probe, terminal, threads};
use crate::bench::plan::{Settings, StopRule};
use crate::calibration::device_model::Machine;
use crate::calibration::rows::{device_model, rows};
use crate::calibration::set::CalibrationFile;
use crate::calibration::text;
use crate::cli::Global;
use crate::cli::bench::Threads;
use crate::cli::devices::Calibrate;
use crate::device::compute::ComputeProbe;
use crate::model::gguf::Header;
use crate::model::recipe::{Recipe, UnknownName};
use crate::model::resolve::{self, ResolveOptions};
use crate::report::journal::{Entry, RunPlan};
use crate::report::store;
use crate::sysfs::Root;

/// The longest that one row may take, seconds.
const MAX_ROW_SECONDS: f64 = 120.0;

/// Seconds to wait for a cool or quiet machine at most.
const PATIENCE: u64 = 300;

/// A file of the ladder.
struct Step {
    model: String,
    format: String,
    chosen: Chosen,
}

/// Runs the command.
pub(super) fn run(args: &Calibrate, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let engine = bench::kind(args.engine);
    let profile = probe::describe(&Root::system());
    let measured = (!args.no_probe).then(|| probe::measure(&profile));
    let steps = if args.as_is { given_files(args, global)? } else { quantised_files(args, global)? };
    let threads = match args.threads {
        Threads::Exactly(count) => count,
        Threads::Auto => {
            threads::ladder(engine, &steps[0].chosen.path, &Settings::with_threads(1), global.seed)?.threads
        }
    };
    let settings = Settings::with_threads(threads);
    let plan = RunPlan {
        engine,
        seed: global.seed,
        models: steps.iter().map(|step| step.chosen.about.clone()).collect(),
        rows: rows(&steps.iter().map(|step| step.model.as_str()).collect::<Vec<_>>(), &settings),
        stop: StopRule { repetitions: args.repetitions, min_seconds: 0.0, max_seconds: MAX_ROW_SECONDS },
    };
    let folder = match &args.run_folder {
        Some(folder) => folder.clone(),
        None => store::state_folder()?,
    };
    let conduct =
        Conduct { resume: args.resume, wait: !args.no_wait, patience: PATIENCE, sustain: None, deadline: None };
    let (formats, models): (Vec<_>, Vec<_>) =
        steps.into_iter().map(|step| ((step.model, step.format), step.chosen)).unzip();
    let notes = [Entry::Note { text: "the ladder of a device model".to_owned() }];
    let report = bench::in_folder(&folder, &plan, &models, &notes, &conduct, global)?;
    if interrupt::interrupted() {
        anyhow::bail!(
            "interrupted; what was measured is kept in {}: go on with the same command and --run-folder {} --resume",
            folder.display(),
            folder.display()
        );
    }
    let machine = Machine::of(&profile, best_bandwidth(measured.as_ref()), best_compute(measured.as_ref()));
    let files = models.iter().zip(&formats).map(|(chosen, (model, format))| {
        Ok(CalibrationFile::of(&Header::read(&chosen.path)?, model, format))
    });
    let files = files.collect::<anyhow::Result<_>>()?;
    let ids: Vec<&str> = models.iter().map(|chosen| chosen.about.id.as_str()).collect();
    let mut model = device_model(&report, &ids, files, machine, threads);
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
        terminal::out(&text::render(&model))?;
    }
    if !global.quiet {
        terminal::note(&format!("device model: {}", target.display()));
    }
    Ok(if report.failed_rows() > 0 { Outcome::SomeFailed } else { Outcome::Done })
}

/// The models as they were named, without quantising.
fn given_files(args: &Calibrate, global: &Global) -> anyhow::Result<Vec<Step>> {
    let chosen = bench::resolve_all(&args.models, args.offline, bench::kind(args.engine), global)?;
    let step = |chosen: Chosen| Step { model: chosen.about.id.clone(), format: "as-is".to_owned(), chosen };
    Ok(chosen.into_iter().map(step).collect())
}

/// Every model in every format, from the cache or quantised into it; matrices of one type only, so that bytes differ.
fn quantised_files(args: &Calibrate, global: &Global) -> anyhow::Result<Vec<Step>> {
    let options = ResolveOptions::from_environment(args.offline)?;
    let quantizer = Quantizer::new(bench::kind(args.engine), None, global.quiet);
    let mut recipes = Vec::new();
    for format in &args.formats {
        let format = format.parse().map_err(|error: UnknownName| Usage(error.to_string()))?;
        recipes.push(Recipe { pure: true, ..Recipe::plain(format) });
    }
    let mut steps = Vec::new();
    for name in &args.models {
        let mut bar = Bar::new(global.quiet);
        let source = resolve::resolve(name, &options, &mut |event| bar.hear(event));
        bar.finish();
        let source = source?;
        for recipe in &recipes {
            let path = cache_path(&options.cache, &source, recipe);
            if earlier(&path, &source).is_none() {
                quantizer.write(&source, recipe, &path)?;
            }
            let argument = path.display().to_string();
            let mut chosen = bench::resolve_all(&[argument], true, bench::kind(args.engine), global)?;
            steps.push(Step {
                model: source.id.clone(),
                format: recipe.format.name().to_owned(),
                chosen: chosen.remove(0),
            });
        }
    }
    Ok(steps)
}

fn best_bandwidth(measured: Option<&ComputeProbe>) -> Option<f64> {
    measured?.read_bandwidth.iter().map(|samples| samples.best).reduce(f64::max)
}

fn best_compute(measured: Option<&ComputeProbe>) -> Option<f64> {
    measured?.fp32.iter().map(|samples| samples.best).reduce(f64::max)
}

/// Where the device model lies.
#[must_use]
pub(super) fn stored() -> Option<PathBuf> {
    store::device_model_path().ok().filter(|path| path.is_file())
}
