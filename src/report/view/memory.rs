//! Memory of the measured process.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use crate::report::figures;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("memory", "Memory");
    let Some(bench) = &report.bench else {
        section.text.push("Not measured.".to_owned());
        return section;
    };
    section.figures = vec![figures::memory::breakdown(bench)];
    let mut table = Table::new(
        "memory",
        "Memory of the process that ran each row",
        vec![
            Column::words("test"),
            Column::numbers("peak resident"),
            Column::numbers("proportional (PSS)"),
            Column::numbers("anonymous"),
            Column::numbers("KV cache (computed)"),
            Column::numbers("model file"),
        ],
    );
    for (at, row) in bench.results.iter().enumerate() {
        let memory = &row.memory;
        let of =
            |key: &str, bytes: Option<u64>| Cell::of(format!("/bench/results/{at}/memory/{key}"), &bytes, Unit::Bytes);
        let file = bench.models.iter().enumerate().find(|(_, model)| model.id == row.model);
        table.push(vec![
            Cell::words(&row.test),
            of("peak_rss", memory.peak_rss),
            of("pss", memory.pss),
            of("anonymous", memory.anonymous),
            of("kv_cache", memory.kv_cache),
            file.map_or_else(Cell::absent, |(at, model)| {
                Cell::of(format!("/bench/models/{at}/bytes"), &model.bytes, Unit::Bytes)
            }),
        ]);
        section
            .remarks
            .extend(row.memory.reason.as_ref().map(|why| super::words::plain(&format!("{}: {why}", row.test))));
        if row.memory.kv_cache_upper_bound {
            section.remarks.push(super::words::plain(&format!("{}: the KV cache is an upper bound", row.test)));
        }
    }
    section.remarks.sort();
    section.remarks.dedup();
    section.tables.push(table.without_empty_columns());
    section
}
