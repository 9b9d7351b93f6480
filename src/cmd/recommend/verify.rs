//! The first pick, timed here: what was predicted beside what was measured.

use crate::bench::plan::{Phase, Settings, Shape, StopRule};
use crate::cli::Global;
use crate::cmd::progress::Terminal;
use crate::cmd::terminal;
use crate::device::own_speed::OwnSpeed;
use crate::file::run_folder;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::RunPlan;
use crate::measure::model_file::resolve_all;
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::sweep::rows;
use crate::measure::thread_sweep;
use crate::process::interrupt;
use crate::recommend::picks::Pick;
use crate::report::text;
use crate::worker::protocol::EngineKind;

/// What is timed: the prompt of the classes, and decode at the start.
const SHAPES: [Shape; 2] =
    [Shape { phase: Phase::Prefill, tokens: 512, depth: 0 }, Shape { phase: Phase::Decode, tokens: 128, depth: 0 }];

/// As many repetitions and seconds as the method asks of a valid row.
const STOP: StopRule = StopRule { repetitions: 5, min_seconds: 10.0, max_seconds: 60.0 };

/// Seconds to wait for a quiet machine.
const PATIENCE: u64 = 60;

/// Times a pick; `None`, with a warning, where a row did not meet the conditions of the method.
pub(super) fn verify(pick: &Pick, offline: bool, global: &Global) -> anyhow::Result<Option<OwnSpeed>> {
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    let models = resolve_all(std::slice::from_ref(&pick.model), offline, EngineKind::Llama, &observer)?;
    let folder = run_folder::state_folder()?;
    run_folder::prepare(&folder)?;
    let base = Settings::with_threads(1);
    let threads = thread_sweep::fastest(EngineKind::Llama, &models[0].path, &base, global.seed, &observer)?.threads;
    let plan = RunPlan {
        engine: EngineKind::Llama,
        seed: global.seed,
        models: models.iter().map(|model| model.info.clone()).collect(),
        rows: rows(1, &SHAPES, &[Settings::with_threads(threads)]),
        stop: STOP,
    };
    let options = SessionOptions { wait: true, patience: PATIENCE, ..SessionOptions::default() };
    let report = run_session(&folder, &plan, &models, &[], &options, &observer)?;
    run_folder::write_json(&folder.join(run_folder::REPORT), &report)?;
    let Some(speed) = speed(&report, pick) else {
        anyhow::bail!("{}: it could not be timed; {} tells why", pick.model, folder.display());
    };
    if !global.json {
        terminal::out(&text::recommend::verified(pick, speed.prefill, speed.decode))?;
    }
    if report.results.iter().any(|row| !row.valid && !row.unwatched()) {
        terminal::warning(&format!(
            "a row did not meet the conditions of the method, so no later answer rests on it ({}): ask again when the machine is quiet",
            folder.display()
        ));
        return Ok(None);
    }
    Ok(Some(speed))
}

fn speed(report: &BenchReport, pick: &Pick) -> Option<OwnSpeed> {
    let model = report.model.as_ref()?;
    let of = |phase: Phase| report.results.iter().find(|row| row.phase == phase)?.median_tokens_per_second;
    Some(OwnSpeed {
        model: pick.model.clone(),
        measured: jiff::Timestamp::now(),
        prompt_params: pick.prompt_params,
        read_bytes: model.bytes as f64 * pick.active_params / model.params as f64,
        prefill: of(Phase::Prefill)?,
        decode: of(Phase::Decode)?,
    })
}
