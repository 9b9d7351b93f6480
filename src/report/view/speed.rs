//! Speed by test, depth and threads.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use crate::report::figures;
use crate::report::run::RunReport;
use crate::report::table;

pub(super) fn section(report: &RunReport) -> Section {
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
        let at = |key: &str| format!("/bench/results/{at}/{key}");
        let energy = row.energy.as_ref().map(|energy| &energy.joules_per_token);
        let mut cells = vec![
            Cell::words(&row.test),
            Cell::words(&row.model),
            row.backend.as_ref().map_or_else(Cell::absent, Cell::words),
            Cell::of(at("threads"), &row.threads, Unit::Count),
        ];
        cells.extend(settings.iter().map(|setting| Cell::words(setting.cell(row))));
        cells.extend([
            Cell::of(at("depth"), &row.depth, Unit::Count),
            Cell::of(at("tokens_per_second"), &row.tokens_per_second, Unit::TokensPerSecond),
            Cell::of(at("median_tokens_per_second"), &row.median_tokens_per_second, Unit::TokensPerSecond),
            Cell::of(at("spread"), &row.spread, Unit::Share),
            Cell::of(at("first_token"), &row.first_token, Unit::Nanoseconds),
            Cell::of(at("energy/joules_per_token"), &energy, Unit::JoulesPerToken),
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
    for (at, row) in bench.results.iter().enumerate() {
        let Some(ttft) = &row.ttft else { continue };
        let of =
            |key: &str, ns: Option<f64>| Cell::of(format!("/bench/results/{at}/ttft/{key}"), &ns, Unit::Nanoseconds);
        parts.push(vec![
            Cell::words(&row.test),
            of("tokenize_ns", Some(ttft.tokenize_ns)),
            of("prefill_ns", Some(ttft.prefill_ns)),
            of("sample_ns", Some(ttft.sample_ns)),
            of("engine_ns", Some(ttft.engine_ns)),
            of("user_ns", Some(ttft.user_ns)),
            of("first_decode_ns", ttft.first_decode_ns),
            Cell::of(format!("/bench/results/{at}/ttft/load_ns"), &ttft.load_ns, Unit::Nanoseconds),
        ]);
    }
    if !parts.rows.is_empty() {
        section.tables.push(parts);
    }
    let said = table::loads(bench).into_iter().chain(table::fresh_prompts(bench));
    section.remarks = said.map(|line| super::words::plain(&line)).collect();
    section
}
