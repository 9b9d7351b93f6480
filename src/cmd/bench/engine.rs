//! A bench of files by the engine: what is measured, and the measuring.

use std::path::Path;

use super::arguments;
use crate::cli::Global;
use crate::cli::bench::Bench;
use crate::cmd::terminal;
use crate::file::run_folder as store;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::{Entry, RunPlan};
use crate::measure::memory_need::MemoryNeed;
use crate::measure::model_file::{ModelFile, resolve_all};
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::sweep::{Sweep, rows};
use crate::observer::Observer;
use crate::worker::protocol::EngineKind;

/// Seconds to wait for a cool or quiet machine at most (five minutes are MLPerf Mobile's pause).
const PATIENCE: u64 = 300;

/// Files that are there and can be measured, and how.
pub(super) struct EngineBench {
    engine: EngineKind,
    sweep: Sweep,
    models: Vec<ModelFile>,
}

impl EngineBench {
    /// Finds the files.
    pub(super) fn prepare(models: &[String], args: &Bench, observer: &dyn Observer) -> anyhow::Result<Self> {
        let engine = arguments::kind(args.engine);
        let sweep = arguments::sweep(args)?;
        let models = resolve_all(models, args.offline, engine, observer)?;
        Ok(Self { engine, sweep, models })
    }

    /// Measures them; journal and report are in the folder.
    pub(super) fn measure(
        &self,
        args: &Bench,
        folder: &Path,
        global: &Global,
        observer: &dyn Observer,
    ) -> anyhow::Result<BenchReport> {
        let Self { engine, sweep, models } = self;
        let plan_with = |threads: &[u32]| RunPlan {
            engine: *engine,
            seed: global.seed,
            models: models.iter().map(|model| model.info.clone()).collect(),
            rows: rows(models.len(), &sweep.shapes, &sweep.settings(threads)),
            stop: arguments::stop_rule(args),
        };
        let mut notes = Vec::new();
        for text in models.iter().filter_map(|model| model.beyond_context(&sweep.shapes)) {
            terminal::warning(&text);
            notes.push(Entry::Note { text });
        }
        let earlier = || args.resume.then(|| sweep.earlier_threads(folder)).flatten();
        let threads = match sweep.exact_threads().or_else(earlier) {
            Some(threads) => threads,
            None => {
                // The sweep of threads loads the model too: what cannot fit is refused before it.
                MemoryNeed::of(&plan_with(&[1]), models).refuse_hopeless()?;
                store::prepare(folder)?;
                sweep.choose_threads(*engine, &models[0].path, global.seed, observer, &mut notes)?
            }
        };
        let plan = plan_with(&threads);
        let options = SessionOptions {
            resume: args.resume,
            wait: !args.no_wait,
            patience: PATIENCE,
            audit: args.audit,
            sustain: args.sustain,
            deadline: None,
        };
        let report = run_session(folder, &plan, models, &notes, &options, observer)?;
        store::write_json(&folder.join(store::REPORT), &report)?;
        Ok(report)
    }
}
