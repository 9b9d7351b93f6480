//! `densimeter bench --url`: the same shapes through somebody's server, and a bench of the file beside it.

use std::path::Path;
use std::time::Duration;

use super::arguments;
use super::engine::EngineBench;
use crate::cli::Global;
use crate::cli::bench::Bench;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, terminal};
use crate::file::run_folder as store;
use crate::measure::device::describe;
use crate::measure::sweep::Threads;
use crate::process::interrupt::{self, interrupted};
use crate::report::text::server as text;
use crate::server::address::{Address, ApiKey, KEY_VARIABLE};
use crate::server::beside::Beside;
use crate::server::report::{FILE, ServerReport};
use crate::server::session::{ServerPlan, measure};
use crate::sysfs::Root;

/// Requests at once where none were typed.
const CONCURRENCY: [u32; 4] = [1, 2, 4, 8];

/// Longest prompt and answer: what is sent and kept of each request stays within some megabytes.
const MAX_TOKENS: u32 = 1 << 20;

/// Folder of the engine's own run, within that of the server.
const ENGINE: &str = "engine";

/// Runs the command.
pub(super) fn run(args: &Bench, url: &str, global: &Global) -> anyhow::Result<Outcome> {
    arguments::refuse_format(args)?;
    let plan = plan(args, url, global)?;
    let folder = arguments::folder(args)?;
    if folder.join(FILE).exists() || folder.join(store::REPORT).exists() {
        let folder = folder.display();
        return Err(Usage(format!(
            "{folder}: holds a run already, and one of a server cannot be resumed; give another folder with -o"
        ))
        .into());
    }
    interrupt::listen();
    let observer = Terminal::new(global.quiet);
    // A file that is none is found before the server is asked.
    let beside = args.server.beside.as_ref();
    let beside = beside.map(|model| EngineBench::prepare(std::slice::from_ref(model), args, &observer)).transpose()?;
    store::prepare(&folder)?;
    let mut report = measure(&plan, store::run_id(&folder), &observer)?;
    report.device = Some(describe(&Root::system()).into());
    store::write_json(&folder.join(FILE), &report)?;
    if let Some(bench) = beside.filter(|_| !interrupted()) {
        let bench = bench.measure(args, &folder.join(ENGINE), global, &observer)?;
        report.beside = Some(Beside::of(&report.results, bench));
        store::write_json(&folder.join(FILE), &report)?;
    }
    if global.json || report.failed_rows() < report.results.len() {
        show(&report, args, global)?;
    }
    conclude(&report, &folder, args, global)
}

fn plan(args: &Bench, url: &str, global: &Global) -> anyhow::Result<ServerPlan> {
    let usage = |text: &str| Usage(text.to_owned());
    let address = Address::new(url).map_err(|error| Usage(error.to_string()))?;
    if !cfg!(feature = "download") {
        return Err(usage("--url: this build cannot contact a server; it lacks the feature `download`").into());
    }
    let key = std::env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty());
    let key = key.map(|key| ApiKey::new(key.to_string_lossy().into_owned()));
    let key = key.transpose().map_err(|error| Usage(error.to_string()))?;
    let [model] = args.models.as_slice() else {
        return Err(usage("--url measures one model: give the server's name of it, --url URL --model NAME").into());
    };
    if args.n_depth.iter().any(|depth| *depth > 0) && args.n_prompt.iter().any(|tokens| *tokens > 0) {
        let text =
            "--url: a prompt behind a depth (-d) would need the server's cache, which is kept out: give -p 0 with -d";
        return Err(usage(text).into());
    }
    if args.n_gen.contains(&1) {
        return Err(usage("--url: -n 1 has no time between tokens: give -n 2 or more").into());
    }
    let shapes = arguments::sweep(args)?.shapes;
    if shapes.iter().any(|shape| shape.tokens.max(shape.depth) > MAX_TOKENS) {
        return Err(Usage(format!("--url: at most {MAX_TOKENS} tokens of a prompt or an answer")).into());
    }
    if args.server.beside.is_none() && engine_settings(args) {
        let text = "--url: -t, -b, -ub, -fa, -ctk, -ctv, -ngl, -dev and -nopo are the engine's, and a server has its own: start \
                    it with them, or add --beside MODEL";
        return Err(usage(text).into());
    }
    let mut concurrency = args.server.concurrency.clone();
    if concurrency.is_empty() {
        concurrency = CONCURRENCY.to_vec();
    }
    Ok(ServerPlan {
        address,
        key,
        model: model.clone(),
        shapes,
        concurrency,
        stop: arguments::stop_rule(args),
        seed: global.seed,
        timeout: Duration::from_secs(u64::from(args.server.timeout)),
    })
}

/// Whether something of the engine was typed, of which a server learns nothing.
fn engine_settings(args: &Bench) -> bool {
    use crate::engine::{FlashAttention, KvType};
    args.threads != [Threads::Auto]
        || args.batch_size != [2048]
        || args.ubatch_size != [512]
        || args.flash_attn != [FlashAttention::Auto]
        || [&args.cache_type_k, &args.cache_type_v].iter().any(|types| **types != [KvType::F16])
        || args.n_gpu_layers != [0]
        || !args.device.is_empty()
        || !args.no_op_offload.is_empty()
}

fn show(report: &ServerReport, args: &Bench, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return terminal::json(report);
    }
    terminal::out(&if args.md { text::markdown(report) } else { text::terminal(report) })
}

/// Says where everything lies and picks the outcome.
fn conclude(report: &ServerReport, folder: &Path, args: &Bench, global: &Global) -> anyhow::Result<Outcome> {
    if interrupted() {
        anyhow::bail!("interrupted; what was measured is kept in {}", folder.join(FILE).display());
    }
    let failed = report.failed_rows();
    if failed == report.results.len() {
        let reason = report.results.first().and_then(|row| row.reason.clone()).unwrap_or_default();
        anyhow::bail!("no row could be measured: {reason}");
    }
    if !global.quiet {
        terminal::note(&format!("report: {}", folder.join(FILE).display()));
    }
    if args.strict && !report.valid {
        anyhow::bail!("--strict: some rows are INVALID (see the warnings above)");
    }
    let of_engine = report.beside.as_ref().map_or(0, |beside| beside.bench.failed_rows());
    Ok(if failed + of_engine > 0 { Outcome::SomeFailed } else { Outcome::Done })
}
