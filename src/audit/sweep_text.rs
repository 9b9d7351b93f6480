//! A sweep over formats for people: the trade-off, one line a format.

use comfy_table::{Table, presets};

use super::measured::{FileSize, RequestSpeed};
use super::record::AuditRecord;
use crate::law::audit::Kind;
use crate::unit::Bytes;

/// What stands for a number that was not measured.
const ABSENT: &str = "–";

/// The trade-off.
#[must_use]
pub(crate) fn render(records: &[AuditRecord]) -> String {
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
    if let Some(first) = records.first() {
        let size = first.measured.sizes.as_ref().map(|sizes| &sizes.original);
        let bits = size.map_or(f64::NAN, |size| size.bits_per_weight);
        let [bytes, prefill, decode] = size_and_speeds(size, first.measured.speed.as_ref().map(|both| &both.original));
        table.add_row([
            format!("{} ({bits:.2} bpw)", first.original),
            bytes,
            prefill,
            decode,
            shown(first.measured.original_loss(), 4),
            "original".to_owned(),
        ]);
    }
    for record in records {
        let measured = &record.measured;
        let size = measured.sizes.as_ref().map(|sizes| &sizes.compressed);
        let speed = measured.speed.as_ref().and_then(|speed| speed.compressed.as_ref());
        let [bytes, prefill, decode] = size_and_speeds(size, speed);
        let rise = measured.compressed_loss().zip(measured.original_loss());
        let kl = measured.divergence.as_ref().and_then(|divergence| divergence.kl_nats.as_ref());
        let top = measured.divergence.as_ref().and_then(|divergence| divergence.top_token_agreement.as_ref());
        let verdict = |kind: Kind| {
            record.verdicts.get(&kind).map_or_else(|| ABSENT.to_owned(), |found| found.verdict.to_string())
        };
        let (pareto, best) = (on_front(record), is_best(record));
        table.add_row([
            record.compressed.clone(),
            bytes,
            prefill,
            decode,
            shown(measured.compressed_loss(), 4),
            rise.map_or_else(
                || ABSENT.to_owned(),
                |(after, before)| format!("{:+.2} %", 100.0 * (after / before - 1.0)),
            ),
            shown(kl.map(|kl| kl.point), 4),
            shown(top.map(|share| 100.0 * share.point), 1),
            verdict(Kind::Params),
            verdict(Kind::Memory),
            verdict(Kind::Time),
            format!("{}{}", if pareto { "pareto" } else { "" }, if best { ", best" } else { "" }),
        ]);
    }
    let mut text = format!("{table}\n\n{}", chart(records));
    let names: Vec<&str> =
        records.iter().filter(|record| on_front(record)).map(|record| record.compressed.as_str()).collect();
    text += &format!("Pareto set (bytes, seconds, loss): {}\n", names.join(", "));
    text += &match records.iter().find(|record| is_best(record)) {
        Some(best) => format!("best for this device: {}, the fastest that held\n", best.compressed),
        None => {
            "best for this device: none surely held the original's quality; keep it, or measure more items\n".to_owned()
        }
    };
    text
}

fn on_front(record: &AuditRecord) -> bool {
    record.measured.sweep.as_ref().is_some_and(|point| point.pareto)
}

fn is_best(record: &AuditRecord) -> bool {
    record.measured.sweep.as_ref().is_some_and(|point| point.best)
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| format!("{value:.digits$}"))
}

fn size_and_speeds(size: Option<&FileSize>, speed: Option<&RequestSpeed>) -> [String; 3] {
    [
        size.map_or_else(|| ABSENT.to_owned(), |size| Bytes::from_bytes(size.file_bytes).to_string()),
        shown(speed.map(|speed| speed.prefill_tokens_per_second.point), 0),
        shown(speed.map(|speed| speed.decode_tokens_per_second.point), 1),
    ]
}

/// Bits per weight against loss: a bar for each format, as long as its loss lies above the least.
fn chart(records: &[AuditRecord]) -> String {
    const WIDTH: f64 = 48.0;
    let mut points: Vec<(f64, f64, &str)> = records
        .iter()
        .filter_map(|record| {
            let bits = record.measured.sizes.as_ref()?.compressed.bits_per_weight;
            Some((bits, record.measured.compressed_loss()?, record.compressed.as_str()))
        })
        .collect();
    points.sort_by(|a, b| b.0.total_cmp(&a.0));
    let least = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let mut text = String::new();
    for (_, loss, name) in points {
        let length = if most > least { ((loss - least) / (most - least) * WIDTH).round() as usize } else { 0 };
        text += &format!("{name:<24} {}| {loss:.4} bits/byte\n", "=".repeat(length));
    }
    text + "\n"
}
