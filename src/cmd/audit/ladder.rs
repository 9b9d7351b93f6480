//! `audit --ladder MODEL`: requantises a model rung by rung and shows what each costs and loses.

use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::files;
use super::subject::Subject;
use crate::cli::Global;
use crate::cli::audit::Audit;
use crate::cmd::progress::Terminal;
use crate::cmd::{Outcome, Usage, bench, interrupt, terminal};
use crate::law::audit::{Kind, Verdict};
use crate::law::pareto::front;
use crate::measure::quantizer::{Quantizer, cache_path, earlier};
use crate::model::recipe::{Recipe, UnknownName};
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::report::audit::AuditRecord;
use crate::unit::{BitsPerWeight, Bytes};

/// Runs the ladder.
pub(super) fn run(model: &str, args: &Audit, global: &Global) -> anyhow::Result<Outcome> {
    interrupt::listen();
    let recipes = args
        .rungs
        .iter()
        .map(|name| name.parse().map(Recipe::plain).map_err(|error: UnknownName| Usage(error.to_string())))
        .collect::<Result<Vec<Recipe>, _>>()?;
    let options = ResolveOptions::from_environment(args.offline)?;
    let source = resolve::resolve_watched(model, &options, &Terminal::new(global.quiet))?;
    let original = Subject::resolve(model, args, global)?;
    let observer = Terminal::new(global.quiet);
    let quantizer = Quantizer::new(bench::kind(args.engine), args.threads, &observer);
    let mut rungs = Vec::new();
    for recipe in recipes {
        match rung(&recipe, &source, &options, &quantizer, args, global) {
            Ok(subject) => rungs.push(subject),
            // A format that this model cannot have is one rung less, no broken ladder.
            Err(error) if !interrupt::interrupted() => {
                terminal::warning(&format!("no rung {}: {error:#}", recipe.name()));
            }
            Err(error) => return Err(error),
        }
    }
    if rungs.is_empty() {
        anyhow::bail!("{model}: could not be quantised to any of {}", args.rungs.join(", "));
    }
    let mut records = files::audit(original, rungs, args, global)?;
    let best = weigh(&mut records);
    super::conclude_with(&records, args, global, &|records| table(records, best))
}

/// The file of a rung, made anew or found in the cache, under its real bits per weight.
fn rung(
    recipe: &Recipe,
    source: &ResolvedModel,
    options: &ResolveOptions,
    quantizer: &Quantizer<'_>,
    args: &Audit,
    global: &Global,
) -> anyhow::Result<Subject> {
    let path = cache_path(&options.cache, source, recipe);
    if earlier(&path, source).is_none() {
        quantizer.write(source, recipe, &path)?;
    }
    let mut subject = Subject::resolve(&path.display().to_string(), args, global)?;
    let bits = BitsPerWeight::from_bits(subject.about.bits_per_weight);
    subject.about.id = format!("{} ({bits})", recipe.name());
    Ok(subject)
}

fn number(record: &AuditRecord, pointer: &str) -> Option<f64> {
    let (name, rest) = pointer.split_once('/')?;
    record.details.get(name)?.pointer(&format!("/{rest}"))?.as_f64()
}

/// Marks the rungs that no other beats in bytes, seconds and loss together, and the best for this device: the fastest
/// (the smallest, where nothing was timed) of those that surely held the original's quality.
fn weigh(records: &mut [AuditRecord]) -> Option<usize> {
    let costs: Vec<[f64; 3]> = records
        .iter()
        .map(|record| {
            let of = |pointer: &str| number(record, pointer).unwrap_or(f64::INFINITY);
            [
                of("sizes/compressed/weight_bytes"),
                number(record, "speed/compressed/seconds_per_request").unwrap_or(0.0),
                of("loss/compressed/point"),
            ]
        })
        .collect();
    let pareto = front(&costs);
    let quality = |record: &AuditRecord| record.verdicts.get(&Kind::Params).map(|found| found.verdict);
    let held = |at: &usize| matches!(quality(&records[*at]), Some(Verdict::Held | Verdict::Gained));
    let best = (0..records.len())
        .filter(held)
        .min_by(|&a, &b| costs[a][1].total_cmp(&costs[b][1]).then(costs[a][0].total_cmp(&costs[b][0])));
    for (at, record) in records.iter_mut().enumerate() {
        let rung = json!({
            "name": record.compressed,
            "bits_per_weight": number(record, "sizes/compressed/bits_per_weight"),
            "pareto": pareto[at],
            "best": best == Some(at),
            "rule": "pareto: no other rung is at least as good in bytes, seconds and loss; best: the fastest that held",
        });
        record.details.insert("rung".to_owned(), rung);
    }
    best
}

/// The trade-off, one line a rung.
fn table(records: &[AuditRecord], best: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "rung",
        "size",
        "pp t/s",
        "tg t/s",
        "bits/byte",
        "loss",
        "KL nats",
        "top",
        "params",
        "memory",
        "time",
        "",
    ]);
    let absent = || "–".to_owned();
    let shown = |value: Option<f64>, digits: usize| value.map_or_else(absent, |value| format!("{value:.digits$}"));
    let rise = |record: &AuditRecord| {
        Some(100.0 * (number(record, "loss/compressed/point")? / number(record, "loss/original/point")? - 1.0))
    };
    let verdict = |record: &AuditRecord, kind: Kind| {
        record.verdicts.get(&kind).map_or_else(absent, |found| found.verdict.to_string())
    };
    if let Some(first) = records.first() {
        table.add_row([
            format!(
                "{} ({:.2} bpw)",
                first.original,
                number(first, "sizes/original/bits_per_weight").unwrap_or(f64::NAN)
            ),
            size(first, "original"),
            shown(number(first, "speed/original/prefill_tokens_per_second/point"), 0),
            shown(number(first, "speed/original/decode_tokens_per_second/point"), 1),
            shown(number(first, "loss/original/point"), 4),
            "original".to_owned(),
        ]);
    }
    for (at, record) in records.iter().enumerate() {
        let pareto = record.details.get("rung").is_some_and(|rung| rung["pareto"] == Value::Bool(true));
        table.add_row([
            record.compressed.clone(),
            size(record, "compressed"),
            shown(number(record, "speed/compressed/prefill_tokens_per_second/point"), 0),
            shown(number(record, "speed/compressed/decode_tokens_per_second/point"), 1),
            shown(number(record, "loss/compressed/point"), 4),
            rise(record).map_or_else(absent, |rise| format!("{rise:+.2} %")),
            shown(number(record, "divergence/kl_nats/point"), 4),
            shown(number(record, "divergence/top_token_agreement/point").map(|share| 100.0 * share), 1),
            verdict(record, Kind::Params),
            verdict(record, Kind::Memory),
            verdict(record, Kind::Time),
            format!("{}{}", if pareto { "pareto" } else { "" }, if best == Some(at) { ", best" } else { "" }),
        ]);
    }
    let mut text = format!("{table}\n\n{}", chart(records));
    let names: Vec<&str> = records
        .iter()
        .filter(|record| record.details.get("rung").is_some_and(|rung| rung["pareto"] == Value::Bool(true)))
        .map(|record| record.compressed.as_str())
        .collect();
    text += &format!("Pareto set (bytes, seconds, loss): {}\n", names.join(", "));
    text += &match best {
        Some(at) => format!("best for this device: {}, the fastest that held\n", records[at].compressed),
        None => {
            "best for this device: none surely held the original's quality; keep it, or measure more items\n".to_owned()
        }
    };
    text
}

fn size(record: &AuditRecord, side: &str) -> String {
    let bytes = number(record, &format!("sizes/{side}/file_bytes"));
    bytes.map_or_else(|| "–".to_owned(), |bytes| Bytes::from_bytes(bytes as u64).to_string())
}

/// Bits per weight against loss: a bar for each rung, as long as its loss lies above the least.
fn chart(records: &[AuditRecord]) -> String {
    const WIDTH: f64 = 48.0;
    let mut rungs: Vec<(f64, f64, &str)> = records
        .iter()
        .filter_map(|record| {
            let bits = number(record, "sizes/compressed/bits_per_weight")?;
            Some((bits, number(record, "loss/compressed/point")?, record.compressed.as_str()))
        })
        .collect();
    rungs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let least = rungs.iter().map(|rung| rung.1).fold(f64::INFINITY, f64::min);
    let most = rungs.iter().map(|rung| rung.1).fold(f64::NEG_INFINITY, f64::max);
    let mut text = String::new();
    for (_, loss, name) in rungs {
        let length = if most > least { ((loss - least) / (most - least) * WIDTH).round() as usize } else { 0 };
        text += &format!("{name:<24} {}| {loss:.4} bits/byte\n", "=".repeat(length));
    }
    text + "\n"
}
