//! From the typed lists to the rows of a plan.

use std::path::Path;

use crate::bench::plan::{Phase, Row, Settings, Shape, StopRule};
use crate::cli::Global;
use crate::cli::bench::{Bench, Threads};
use crate::cmd::{Usage, threads};
use crate::report::journal::{Entry, Journal};
use crate::worker::protocol::EngineKind;

use super::folder::earlier_plan;

/// Wall clock after which a row is ended with what it has, seconds.
const MAX_ROW_SECONDS: f64 = 1800.0;

/// The same where the number of repetitions was typed, which is exact: only a row that never ends is ended.
const MAX_EXACT_ROW_SECONDS: f64 = 7.0 * 86_400.0;

pub(super) fn shapes(args: &Bench) -> Result<Vec<Shape>, Usage> {
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

/// The counts as typed, when none of them is `auto`.
pub(super) fn exactly(typed: &[Threads]) -> Option<Vec<u32>> {
    let count = |threads: &Threads| match *threads {
        Threads::Exactly(count) => Some(count),
        Threads::Auto => None,
    };
    typed.iter().map(count).collect()
}

/// The counts of the run that is to go on: another ladder might end elsewhere, and then nothing could be resumed.
pub(super) fn earlier_threads(folder: &Path, args: &Bench) -> Option<Vec<u32>> {
    let journal = folder.join(crate::report::journal::FILE);
    let entries = args.resume.then(|| Journal::read(&journal).ok()).flatten()?;
    let plan = earlier_plan(&entries)?;
    // Threads are the outermost of the settings (see `settings`).
    let rows_per_count = plan.rows.len() / plan.models.len().max(1) / args.threads.len();
    (0..args.threads.len()).map(|place| Some(plan.rows.get(place * rows_per_count)?.settings.threads)).collect()
}

/// The counts, with `auto` found by the ladder.
pub(super) fn choose_threads(
    args: &Bench,
    engine: EngineKind,
    model: &Path,
    global: &Global,
    notes: &mut Vec<Entry>,
) -> anyhow::Result<Vec<u32>> {
    let mut counts = Vec::new();
    for &typed in &args.threads {
        counts.push(match typed {
            Threads::Exactly(count) => count,
            Threads::Auto => {
                let base = Settings { n_gpu_layers: args.n_gpu_layers[0], ..Settings::with_threads(1) };
                let choice = threads::ladder(engine, model, &base, global.seed)?;
                notes.push(Entry::Threads { rule: choice.rule });
                choice.threads
            }
        });
    }
    Ok(counts)
}

/// Every combination of the typed settings with these thread counts.
pub(super) fn settings(args: &Bench, threads: &[u32]) -> Vec<Settings> {
    let mut all = Vec::new();
    for &threads in threads {
        for &n_batch in &args.batch_size {
            for &n_ubatch in &args.ubatch_size {
                for &flash_attention in &args.flash_attn {
                    for &type_k in &args.cache_type_k {
                        for &type_v in &args.cache_type_v {
                            for &n_gpu_layers in &args.n_gpu_layers {
                                all.push(Settings {
                                    threads,
                                    n_batch,
                                    n_ubatch: n_ubatch.min(n_batch),
                                    flash_attention,
                                    type_k,
                                    type_v,
                                    n_gpu_layers,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

/// Every shape under every setting on every model.
pub(in crate::cmd) fn rows(models: usize, shapes: &[Shape], settings: &[Settings]) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in 0..models {
        for settings in settings {
            rows.extend(shapes.iter().map(|&shape| Row { model, shape, settings: settings.clone() }));
        }
    }
    rows
}

pub(super) fn stop_rule(args: &Bench) -> StopRule {
    let default_seconds = if args.repetitions.is_some() { 0.0 } else { crate::bench::warning::MIN_SECONDS };
    StopRule {
        repetitions: args.repetitions.unwrap_or(5),
        min_seconds: args.min_time.unwrap_or(default_seconds),
        max_seconds: if args.repetitions.is_some() { MAX_EXACT_ROW_SECONDS } else { MAX_ROW_SECONDS },
    }
}
