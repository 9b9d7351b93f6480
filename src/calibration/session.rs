//! Measures a calibration set on this device and fits its model.

use std::path::PathBuf;

use super::device_model::{DeviceModel, Machine};
use super::error::CalibrationError;
use super::rows::{device_model, rows};
use super::set::CalibrationFile;
use crate::bench::plan::{Settings, StopRule};
use crate::device::compute::{ComputeProbe, Samples};
use crate::measure::journal::{Entry, RunPlan};
use crate::measure::model_file::{ModelFile, resolve_all};
use crate::measure::quantizer::{Quantizer, cache_path, earlier};
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::{device, thread_sweep};
use crate::model::gguf::Header;
use crate::model::recipe::Recipe;
use crate::model::resolve::{self, ResolveOptions};
use crate::observer::Observer;
use crate::sysfs::Root;
use crate::worker::protocol::EngineKind;

/// The longest that one row may take, seconds.
const MAX_ROW_SECONDS: f64 = 120.0;

/// Seconds to wait for a cool or quiet machine at most.
const PATIENCE: u64 = 300;

/// What is to be measured, and how.
#[derive(Debug, Clone)]
pub(crate) struct CalibrationPlan {
    /// The engine.
    pub engine: EngineKind,
    /// The models.
    pub models: Vec<String>,
    /// How each model is quantised; `None` to take the files as they are.
    pub recipes: Option<Vec<Recipe>>,
    /// Threads; `None` for the fastest count.
    pub threads: Option<u32>,
    /// Repetitions of every row.
    pub repetitions: u32,
    /// Folder of the measuring run.
    pub folder: PathBuf,
    /// Go on with the run in that folder.
    pub resume: bool,
    /// Wait for a cool or quiet machine.
    pub wait: bool,
    /// Measure bandwidth and compute, which efficiencies are shares of.
    pub probe: bool,
    /// Use only what the cache holds.
    pub offline: bool,
    /// Seed of the order of rows and of the tokens.
    pub seed: u64,
}

/// A device model and how its measuring went.
pub(crate) struct Calibration {
    /// The model.
    pub model: DeviceModel,
    /// Rows that could not be measured.
    pub failed_rows: usize,
}

/// A file of the set.
struct Member {
    model: String,
    format: String,
    file: ModelFile,
}

/// Measures the set and fits the model.
///
/// # Errors
/// [`CalibrationError`]; a row that fails is counted.
pub(crate) fn calibrate(plan: &CalibrationPlan, observer: &dyn Observer) -> Result<Calibration, CalibrationError> {
    let profile = device::describe(&Root::system());
    let probe = plan.probe.then(|| device::measure(&profile));
    let set = match &plan.recipes {
        None => given(plan, observer)?,
        Some(recipes) => quantised(recipes, plan, observer)?,
    };
    let threads = match plan.threads {
        Some(count) => count,
        None => {
            let (path, settings) = (&set[0].file.path, Settings::with_threads(1));
            thread_sweep::fastest(plan.engine, path, &settings, plan.seed, observer)?.threads
        }
    };
    let models: Vec<&str> = set.iter().map(|member| member.model.as_str()).collect();
    let bench = RunPlan {
        engine: plan.engine,
        seed: plan.seed,
        models: set.iter().map(|member| member.file.info.clone()).collect(),
        rows: rows(&models, &Settings::with_threads(threads)),
        stop: StopRule { repetitions: plan.repetitions, min_seconds: 0.0, max_seconds: MAX_ROW_SECONDS },
    };
    let options =
        SessionOptions { resume: plan.resume, wait: plan.wait, patience: PATIENCE, ..SessionOptions::default() };
    let files: Vec<ModelFile> = set.iter().map(|member| member.file.clone()).collect();
    let notes = [Entry::Note { text: "the ladder of a device model".to_owned() }];
    let report = run_session(&plan.folder, &bench, &files, &notes, &options, observer)?;
    if observer.interrupted() {
        return Err(CalibrationError::Interrupted(plan.folder.clone()));
    }
    let read = |member: &Member| {
        let header = Header::read(&member.file.path)?;
        Ok(CalibrationFile::of(&header, &member.model, &member.format))
    };
    let content = set.iter().map(read).collect::<Result<_, CalibrationError>>()?;
    let ids: Vec<&str> = files.iter().map(|file| file.info.id.as_str()).collect();
    let mut model = device_model(&report, &ids, content, machine(&profile, probe.as_ref()), threads);
    model.derive().map_err(|error| CalibrationError::Cost { folder: plan.folder.clone(), error })?;
    if !report.valid {
        let invalid = report.results.iter().filter(|row| !row.valid).count();
        model
            .warnings
            .push(format!("{invalid} of {} rows are INVALID or UNWATCHED by the rules of bench", report.results.len()));
    }
    Ok(Calibration { model, failed_rows: report.failed_rows() })
}

/// The models as they were named, without quantising.
fn given(plan: &CalibrationPlan, observer: &dyn Observer) -> Result<Vec<Member>, CalibrationError> {
    let files = resolve_all(&plan.models, plan.offline, plan.engine, observer)?;
    let member = |file: ModelFile| Member { model: file.info.id.clone(), format: "as-is".to_owned(), file };
    Ok(files.into_iter().map(member).collect())
}

/// Every model by every recipe, from the cache or quantised into it.
fn quantised(
    recipes: &[Recipe],
    plan: &CalibrationPlan,
    observer: &dyn Observer,
) -> Result<Vec<Member>, CalibrationError> {
    let options = ResolveOptions::from_environment(plan.offline)?;
    let quantizer = Quantizer::new(plan.engine, None, observer);
    let mut set = Vec::new();
    for name in &plan.models {
        let source = resolve::resolve_watched(name, &options, observer)?;
        for recipe in recipes {
            let path = cache_path(&options.cache, &source, recipe);
            if earlier(&path, &source).is_none() {
                quantizer.write(&source, recipe, &path)?;
            }
            let argument = path.display().to_string();
            let files = resolve_all(&[argument], true, plan.engine, observer)?;
            let member = |file| Member { model: source.id.clone(), format: recipe.format.name().to_owned(), file };
            set.extend(files.into_iter().map(member));
        }
    }
    Ok(set)
}

/// The machine with the best that its probe reached.
fn machine(profile: &crate::device::DeviceProfile, probe: Option<&ComputeProbe>) -> Machine {
    let best = |of: fn(&ComputeProbe) -> &[Samples]| of(probe?).iter().map(|samples| samples.best).reduce(f64::max);
    Machine::of(profile, best(|probe| &probe.read_bandwidth), best(|probe| &probe.fp32))
}
