//! Latency: how the times spread, phase by phase.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table};
use crate::report::figures;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport, source: Source<'_>) -> Section {
    let mut section = Section::new("latency", "Latency");
    let Some(bench) = &report.bench else {
        section.text.push("Not measured.".to_owned());
        return section;
    };
    section.figures = figures::latency::all(bench);
    let mut table = Table::new(
        "latency",
        "Time from token to token (95 % intervals of order statistics)",
        vec![
            Column::words("test"),
            Column::numbers("p50"),
            Column::numbers("p90"),
            Column::numbers("p95"),
            Column::numbers("p99"),
            Column::numbers("largest"),
            Column::numbers("p90 at most (MLPerf, 99 %)"),
            Column::numbers("tokens"),
        ],
    );
    for (at, row) in bench.results.iter().enumerate() {
        let Some(latency) = &row.latency else { continue };
        let of = |key: &str, unit: Unit| source.cell(&format!("/bench/results/{at}/latency/{key}"), unit);
        let mut cells = vec![Cell::words(&row.test)];
        cells.extend(["p50", "p90", "p95", "p99", "max", "p90_early_stopping"].map(|key| of(key, Unit::Nanoseconds)));
        cells.push(of("count", Unit::Count));
        table.push(cells);
        section.remarks.extend(latency.reasons.iter().map(|why| super::words::plain(&format!("{}: {why}", row.test))));
    }
    if !table.rows.is_empty() {
        section.tables.push(table.without_empty_columns());
    }
    section
}
