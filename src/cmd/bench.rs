//! `densimeter bench`: resolve the models, plan the rows, measure them, show the report.

use std::path::Path;

use super::progress::Terminal;
use super::{Outcome, Usage, terminal};
use crate::cli::Global;
use crate::cli::bench::Bench;
use crate::measure::bench_report::BenchReport;
use crate::process::interrupt::{self, interrupted};
use crate::report::{csv, table, text};
use crate::worker::protocol::EngineKind;
use crate::worker::serve;
use engine::EngineBench;

pub(super) use arguments::kind;

mod arguments;
mod engine;
mod server;

/// Runs the command.
pub(super) fn run(args: &Bench, global: &Global) -> anyhow::Result<Outcome> {
    let engine = kind(args.engine);
    if args.list_devices {
        return list_devices(engine, global);
    }
    if let Some(url) = &args.server.url {
        return server::run(args, url, global);
    }
    if args.models.is_empty() {
        return Err(Usage("bench needs a model: densimeter bench -m smollm2-135m-instruct".to_owned()).into());
    }
    arguments::refuse_format(args)?;
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    let bench = EngineBench::prepare(&args.models, args, &observer)?;
    let folder = arguments::folder(args)?;
    let report = bench.measure(args, &folder, global, &observer)?;
    // Where nothing was measured one line says why; a table of dashes would only hide it.
    if global.json || report.failed_rows() < report.results.len() {
        show(&report, args, global)?;
    }
    conclude(&report, &folder, args, global)
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
