//! `densimeter bench`: resolve the models, plan the rows, measure them, show the report.

use std::path::Path;

use super::progress::Terminal;
use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::bench::{Bench, Engine};
use crate::file::run_folder as store;
use crate::measure::bench_report::BenchReport;
use crate::measure::journal::{Entry, RunPlan};
use crate::measure::memory_need::MemoryNeed;
use crate::measure::model_file::resolve_all;
use crate::measure::session::{SessionOptions, run_session};
use crate::measure::sweep::rows;
use crate::process::interrupt::{self, interrupted};
use crate::report::{csv, table, text};
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

mod arguments;

/// What `-o` of llama-bench may name.
const LLAMA_BENCH_FORMATS: [&str; 5] = ["csv", "json", "jsonl", "md", "sql"];

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
    // llama-bench's -o names a format.
    if let Some(format) =
        args.output.as_deref().and_then(Path::to_str).filter(|name| LLAMA_BENCH_FORMATS.contains(name))
    {
        return Err(Usage(format!(
            "-o {format}: -o names the folder of the run here; for a format give --csv, --md or --json (for a folder of this name, -o ./{format})"
        ))
        .into());
    }
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    let sweep = arguments::sweep(args)?;
    let models = resolve_all(&args.models, args.offline, engine, &observer)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => store::state_folder()?,
    };
    let plan_with = |threads: &[u32]| RunPlan {
        engine,
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
    let earlier = || args.resume.then(|| sweep.earlier_threads(&folder)).flatten();
    let threads = match sweep.exact_threads().or_else(earlier) {
        Some(threads) => threads,
        None => {
            // The sweep of threads loads the model too: what cannot fit is refused before it.
            MemoryNeed::of(&plan_with(&[1]), &models).refuse_hopeless()?;
            store::prepare(&folder)?;
            sweep.choose_threads(engine, &models[0].path, global.seed, &observer, &mut notes)?
        }
    };
    let plan = plan_with(&threads);
    let options = SessionOptions {
        resume: args.resume,
        wait: !args.no_wait,
        patience: PATIENCE,
        sustain: args.sustain,
        deadline: None,
    };
    let report = run_session(&folder, &plan, &models, &notes, &options, &observer)?;
    store::write_json(&folder.join(store::REPORT), &report)?;
    // Where nothing was measured one line says why; a table of dashes would only hide it.
    if global.json || report.failed_rows() < report.results.len() {
        show(&report, args, global)?;
    }
    conclude(&report, &folder, args, global)
}

/// The engine that was typed.
pub(super) const fn kind(engine: Engine) -> EngineKind {
    match engine {
        Engine::Llama => EngineKind::Llama,
        Engine::Mock => EngineKind::Mock,
    }
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
        return terminal::out(&table::markdown(report));
    }
    terminal::out(&table::terminal(report))?;
    match &report.sustain {
        Some(curve) => terminal::out(&text::sustain::chart(curve)),
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
        anyhow::bail!("--strict: some rows are INVALID or UNWATCHED (see the warnings above)");
    }
    if failed > 0 || report.sustain_reason.is_some() {
        return Ok(Outcome::SomeFailed);
    }
    Ok(Outcome::Done)
}
