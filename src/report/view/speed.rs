//! Speed by test, depth and threads.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table};
use crate::report::figures;
use crate::report::run::RunReport;
use crate::report::table;

pub(super) fn section(report: &RunReport, source: Source<'_>) -> Section {
    let mut section = Section::new("speed", "Speed");
    let Some(bench) = &report.bench else {
        section.text.push(super::words::plain(report.reasons.get("bench").map_or("Not measured.", String::as_str)));
        return section;
    };
    section.figures = figures::speed::all(bench);
    let settings = table::settings(bench);
    let mut columns =
        vec![Column::words("test"), Column::words("model"), Column::words("backend"), Column::numbers("threads")];
    columns.extend(settings.iter().map(|setting| Column::words(setting.heading)));
    columns.extend([
        Column::numbers("depth"),
        Column::numbers("tokens/s"),
        Column::numbers("median"),
        Column::numbers("spread"),
        Column::numbers("first token"),
        Column::numbers("energy per token"),
        Column::words("verdict"),
    ]);
    let mut found = Table::new("speed", "Speed of every row (95 % t interval of the mean)", columns);
    for (at, row) in bench.results.iter().enumerate() {
        let of = |key: &str, unit: Unit| source.cell(&format!("/bench/results/{at}/{key}"), unit);
        let mut cells = vec![
            Cell::words(&row.test),
            Cell::words(&row.model),
            row.backend.as_ref().map_or_else(Cell::absent, Cell::words),
            of("threads", Unit::Count),
        ];
        cells.extend(settings.iter().map(|setting| Cell::words(setting.cell(row))));
        cells.extend([
            of("depth", Unit::Count),
            of("tokens_per_second", Unit::TokensPerSecond),
            of("median_tokens_per_second", Unit::TokensPerSecond),
            of("spread", Unit::Share),
            of("first_token", Unit::Nanoseconds),
            of("energy/joules_per_token", Unit::JoulesPerToken),
            Cell::words(table::verdict(row)),
        ]);
        found.push(cells);
    }
    section.tables.push(found.without_empty_columns());
    let mut parts = Table::new(
        "first-token",
        "What the first token waits for (medians)",
        vec![
            Column::words("test"),
            Column::numbers("tokenise"),
            Column::numbers("prefill"),
            Column::numbers("sample"),
            Column::numbers("engine"),
            Column::numbers("user"),
            Column::numbers("next token"),
            Column::numbers("load, once"),
        ],
    );
    for (at, row) in bench.results.iter().enumerate().filter(|(_, row)| row.ttft.is_some()) {
        let of = |key: &str| source.cell(&format!("/bench/results/{at}/ttft/{key}"), Unit::Nanoseconds);
        let keys = ["tokenize_ns", "prefill_ns", "sample_ns", "engine_ns", "user_ns", "first_decode_ns", "load_ns"];
        parts.push(std::iter::once(Cell::words(&row.test)).chain(keys.map(of)).collect());
    }
    if !parts.rows.is_empty() {
        section.tables.push(parts);
    }
    section.remarks = table::loads(bench).iter().map(|line| super::words::plain(line)).collect();
    section
}
