//! What the memory of a row is made of.

use super::{MOST_ROWS, height};
use crate::measure::bench_report::{BenchReport, RowReport};
use crate::report::chart::scale::Scale;
use crate::report::chart::{Axis, Chart, Mark, Tone};
use crate::report::view::figure::Figure;
use crate::report::view::unit::Unit;
use crate::report::view::words;

/// A part of a peak: its name, tone and bytes.
type Part = (&'static str, Tone, f64);

/// The parts of a peak, from the left.
fn parts(row: &RowReport) -> Option<[Part; 3]> {
    let peak = row.memory.peak_rss? as f64;
    let anonymous = (row.memory.anonymous? as f64).min(peak);
    let cache = (row.memory.kv_cache? as f64).min(anonymous);
    Some([
        ("mapped model file and libraries", Tone(1), peak - anonymous),
        ("KV cache (computed)", Tone(5), cache),
        ("other buffers", Tone(3), anonymous - cache),
    ])
}

/// Peak resident memory by part, a bar a row.
#[must_use]
pub fn breakdown(bench: &BenchReport) -> Figure {
    const MIB: f64 = 1024.0 * 1024.0;
    let (id, title) = ("memory", "Peak resident memory and what it is made of");
    let rows: Vec<(&RowReport, [Part; 3])> =
        bench.results.iter().filter_map(|row| Some((row, parts(row)?))).take(MOST_ROWS).collect();
    if rows.is_empty() {
        let why = bench.results.iter().find_map(|row| row.memory.reason.clone());
        return Figure::none(
            id,
            title,
            format!("No row has all parts of its memory: {}.", why.unwrap_or_else(|| "not measured".to_owned())),
        );
    }
    let mut marks = Vec::new();
    for (at, (row, parts)) in rows.iter().enumerate() {
        let (mut left, y) = (0.0, at as f64);
        for (name, tone, bytes) in parts {
            let right = left + bytes / MIB;
            let tip = format!("{}, {name}: {}", row.test, Unit::Bytes.show(*bytes, None));
            marks.push(Mark::Bar { x: (left, right), y: (y - 0.3, y + 0.3), tone: *tone, tip });
            left = right;
        }
    }
    let peaks = rows.iter().filter_map(|(row, _)| row.memory.peak_rss).map(|bytes| bytes as f64 / MIB);
    Figure::drawn(Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: "A bar a row, as long as the kernel's high-water mark of resident memory. Anonymous memory at the end of \
                      the row is split into the computed KV cache and the rest; what is left up to the peak is mapped files."
            .to_owned(),
        height: height(rows.len()),
        x: Axis { label: "MiB".to_owned(), scale: Scale::from_zero(peaks), unit: Unit::Plain },
        y: Axis {
            label: String::new(),
            scale: Scale::Names(rows.iter().map(|(row, _)| words::cut(&row.test, 24)).collect()),
            unit: Unit::Plain,
        },
        legend: rows[0].1.iter().map(|(name, tone, _)| (*tone, (*name).to_owned())).collect(),
        marks,
    })
}
