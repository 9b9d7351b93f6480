//! Latency: how the times spread, phase by phase.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use crate::report::figures;
use crate::report::run::RunReport;
use crate::stat::Estimate;

pub(super) fn section(report: &RunReport) -> Section {
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
        let at = |key: &str| format!("/bench/results/{at}/latency/{key}");
        let quantile = |key: &str, of: &Option<Estimate>| Cell::of(at(key), of, Unit::Nanoseconds);
        let whole = |key: &str, of: Option<u64>| Cell::of(at(key), &of, Unit::Nanoseconds);
        table.push(vec![
            Cell::words(&row.test),
            quantile("p50", &latency.p50),
            quantile("p90", &latency.p90),
            quantile("p95", &latency.p95),
            quantile("p99", &latency.p99),
            whole("max", latency.max),
            whole("p90_early_stopping", latency.p90_early_stopping),
            Cell::of(at("count"), &latency.count, Unit::Count),
        ]);
        section.remarks.extend(latency.reasons.iter().map(|why| super::words::plain(&format!("{}: {why}", row.test))));
    }
    if !table.rows.is_empty() {
        section.tables.push(table.without_empty_columns());
    }
    section
}
