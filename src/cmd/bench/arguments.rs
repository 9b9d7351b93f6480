//! From what was typed to what is measured.

use std::path::{Path, PathBuf};

use crate::bench::plan::{Phase, Shape, StopRule};
use crate::bench::warning::MIN_SECONDS;
use crate::cli::bench::{Bench, Engine};
use crate::cmd::Usage;
use crate::file::run_folder as store;
use crate::measure::sweep::Sweep;
use crate::worker::protocol::EngineKind;

/// What `-o` of llama-bench may name.
const LLAMA_BENCH_FORMATS: [&str; 5] = ["csv", "json", "jsonl", "md", "sql"];

/// Wall clock after which a row is ended with what it has, seconds.
const MAX_ROW_SECONDS: f64 = 1800.0;

/// The same where the number of repetitions was typed, which is exact: only a row that never ends is ended.
const MAX_EXACT_ROW_SECONDS: f64 = 7.0 * 86_400.0;

/// Everything that was asked for.
pub(super) fn sweep(args: &Bench) -> Result<Sweep, Usage> {
    Ok(Sweep {
        shapes: shapes(args)?,
        threads: args.threads.clone(),
        n_batch: args.batch_size.clone(),
        n_ubatch: args.ubatch_size.clone(),
        flash_attention: args.flash_attn.clone(),
        type_k: args.cache_type_k.clone(),
        type_v: args.cache_type_v.clone(),
        n_gpu_layers: args.n_gpu_layers.clone(),
        devices: args.device.iter().map(|devices| devices.0.clone()).collect(),
        op_offload: args.no_op_offload.iter().map(|off| !off).collect(),
    })
}

fn shapes(args: &Bench) -> Result<Vec<Shape>, Usage> {
    let mut shapes = Vec::new();
    for &depth in &args.n_depth {
        let prefill = args.n_prompt.iter().map(|&tokens| Shape { phase: Phase::Prefill, tokens, depth });
        let decode = args.n_gen.iter().map(|&tokens| Shape { phase: Phase::Decode, tokens, depth });
        shapes.extend(prefill.chain(decode).filter(|shape| shape.tokens > 0));
    }
    if shapes.is_empty() {
        return Err(Usage("-p 0 and -n 0 leave nothing to time: give -p 512, -n 128, or both".to_owned()));
    }
    Ok(shapes)
}

/// When a row is done.
pub(super) fn stop_rule(args: &Bench) -> StopRule {
    let default_seconds = if args.repetitions.is_some() { 0.0 } else { MIN_SECONDS };
    StopRule {
        repetitions: args.repetitions.unwrap_or(5),
        min_seconds: args.min_time.unwrap_or(default_seconds),
        max_seconds: if args.repetitions.is_some() { MAX_EXACT_ROW_SECONDS } else { MAX_ROW_SECONDS },
    }
}

/// llama-bench's -o names a format.
pub(super) fn refuse_format(args: &Bench) -> Result<(), Usage> {
    match args.output.as_deref().and_then(Path::to_str).filter(|name| LLAMA_BENCH_FORMATS.contains(name)) {
        Some(format) => Err(Usage(format!(
            "-o {format}: -o names the folder of the run here; for a format give --csv, --md or --json (for a folder of this name, -o ./{format})"
        ))),
        None => Ok(()),
    }
}

/// Where the run is kept.
pub(super) fn folder(args: &Bench) -> std::io::Result<PathBuf> {
    args.output.clone().map_or_else(store::state_folder, Ok)
}

/// The engine that was typed.
pub(in crate::cmd) const fn kind(engine: Engine) -> EngineKind {
    match engine {
        Engine::Llama => EngineKind::Llama,
        Engine::Mock => EngineKind::Mock,
    }
}
