//! `densimeter devices calibrate`: a set of files is measured here, and this device's own model fitted to it.

use crate::process::interrupt;

use anyhow::Context;

use super::progress::Terminal;
use super::{Outcome, Usage, bench, terminal};
use crate::calibration::session::{Calibration, CalibrationPlan, calibrate};
use crate::calibration::text;
use crate::cli::Global;
use crate::cli::devices::Calibrate;
use crate::file::run_folder;
use crate::measure::sweep::Threads;
use crate::model::recipe::{Recipe, UnknownName};

/// Runs the command.
pub(super) fn run(args: &Calibrate, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let Calibration { model, failed_rows } = calibrate(&plan(args, global)?, &Terminal::new(global.quiet))?;
    let target = match &args.output {
        Some(path) => path.clone(),
        None => run_folder::device_model_path()?,
    };
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    run_folder::write_json(&target, &model)?;
    if global.json {
        terminal::json(&model)?;
    } else {
        terminal::out(&text::render(&model))?;
    }
    if !global.quiet {
        terminal::note(&format!("device model: {}", target.display()));
    }
    Ok(if failed_rows > 0 { Outcome::SomeFailed } else { Outcome::Done })
}

fn plan(args: &Calibrate, global: &Global) -> anyhow::Result<CalibrationPlan> {
    // Matrices of one type only, so that bytes differ.
    let recipe = |format: &String| {
        let format = format.parse().map_err(|error: UnknownName| Usage(error.to_string()))?;
        Ok::<_, Usage>(Recipe { pure: true, ..Recipe::plain(format) })
    };
    let recipes = || args.formats.iter().map(recipe).collect::<Result<Vec<_>, _>>();
    Ok(CalibrationPlan {
        engine: bench::kind(args.engine),
        models: args.models.clone(),
        recipes: if args.as_is { None } else { Some(recipes()?) },
        threads: match args.threads {
            Threads::Exactly(count) => Some(count),
            Threads::Auto => None,
        },
        repetitions: args.repetitions,
        folder: match &args.run_folder {
            Some(folder) => folder.clone(),
            None => run_folder::state_folder()?,
        },
        resume: args.resume,
        wait: !args.no_wait,
        probe: !args.no_probe,
        offline: args.offline,
        seed: global.seed,
    })
}
