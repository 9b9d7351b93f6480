//! `densimeter bench`: resolve the models, plan the rows, measure them, show the report.

use std::path::Path;

use super::interrupt::{self, interrupted};
use super::memory::Forecast;
use super::{Outcome, Usage, bench_table, sustain, terminal};
use crate::cli::Global;
use crate::cli::bench::{Bench, Engine};
use crate::report::bench::BenchReport;
use crate::report::journal::{Entry, RunPlan};
use crate::report::{csv, markdown, store};
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

mod chosen;
mod folder;
mod rows;

pub(super) use chosen::{Chosen, about, resolve_all};
pub(super) use folder::{Conduct, in_folder};
pub(super) use rows::rows;

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
    let shapes = rows::shapes(args)?;
    let models = resolve_all(&args.models, args.offline, engine, global)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => store::state_folder()?,
    };
    let plan_with = |threads: &[u32]| RunPlan {
        engine,
        seed: global.seed,
        models: models.iter().map(|model| model.about.clone()).collect(),
        rows: rows::rows(models.len(), &shapes, &rows::settings(args, threads)),
        stop: rows::stop_rule(args),
    };
    let mut notes = Vec::new();
    for text in models.iter().filter_map(|model| model.beyond_context(&shapes)) {
        terminal::warning(&text);
        notes.push(Entry::Note { text });
    }
    let threads = match rows::exactly(&args.threads).or_else(|| rows::earlier_threads(&folder, args)) {
        Some(threads) => threads,
        None => {
            // The ladder loads the model too: what cannot fit is refused before it.
            if let Some(reason) = Forecast::of(&plan_with(&[1]), &models).hopeless() {
                anyhow::bail!("{reason}");
            }
            store::prepare(&folder)?;
            rows::choose_threads(args, engine, &models[0].path, global, &mut notes)?
        }
    };
    let plan = plan_with(&threads);
    let conduct =
        Conduct { resume: args.resume, wait: !args.no_wait, patience: PATIENCE, sustain: args.sustain, deadline: None };
    let report = in_folder(&folder, &plan, &models, &notes, &conduct, global)?;
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
