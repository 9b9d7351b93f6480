//! How to measure the same again, and which files this page was made of.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table};
use crate::report::import::command::command;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport, source: Source<'_>) -> Section {
    let mut section = Section::new("reproduce", "How to reproduce");
    let places = "and kept in report.json; tables/numbers.csv names for each the place in report.json.";
    let import = source.words("/imported/file").zip(report.bench.as_ref());
    section.text.push(match &import {
        Some((file, _)) => format!(
            "Every number here is derived from {file}, output of llama-bench, {places} That file does not hold the command \
             that was typed; the one below runs every value that its rows have, in all combinations."
        ),
        None => format!("Every number here is derived from run.jsonl, the journal of the run, {places}"),
    });
    let mut table = Table::new("provenance", "What was run", vec![Column::words("property"), Column::words("value")]);
    let words = |at: &str| source.words(at).map_or_else(Cell::absent, Cell::words);
    let mut rows = vec![
        ("command", words("/command")),
        ("command for its rows", import.map_or_else(Cell::absent, |(_, bench)| Cell::words(command(bench)))),
        ("run", Cell::words(&report.run_id)),
        ("imported from", words("/imported/tool")),
        ("its format", words("/imported/format")),
        ("its file", words("/imported/file")),
        ("SHA-256 of that file", words("/imported/sha256")),
        ("started", words("/bench/started")),
        ("densimeter", words("/bench/densimeter")),
        ("schema of the report", source.cell("/schema", Unit::Count)),
        ("seed", source.cell("/bench/seed", Unit::Count)),
        ("engine", words("/bench/engine/build")),
    ];
    let features: Vec<String> = source.list("/bench/engine/features").filter_map(|(at, _)| source.words(&at)).collect();
    if !features.is_empty() {
        rows.push(("built with", Cell::words(features.join(" "))));
    }
    for (at, _) in source.list("/bench/models") {
        rows.push(("model", words(&format!("{at}/id"))));
        rows.push(("its SHA-256", words(&format!("{at}/sha256"))));
        rows.push(("its bytes", source.cell(&format!("{at}/bytes"), Unit::Bytes)));
    }
    for (name, cell) in rows.into_iter().filter(|(_, cell)| cell.is_present()) {
        table.push(vec![Cell::words(name), cell]);
    }
    section.tables.push(table);
    section
}
