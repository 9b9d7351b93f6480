//! How to measure the same again, and which files this page was made of.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::report::import::command::command;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("reproduce", "How to reproduce");
    let places = "and kept in report.json; tables/numbers.csv names for each the place in report.json.";
    let imported = report.imported.as_ref();
    let bench = report.bench.as_ref();
    let import = imported.map(|imported| words::plain(&imported.file)).zip(bench);
    section.text.push(match &import {
        Some((file, _)) => format!(
            "Every number here is derived from {file}, output of llama-bench, {places} That file does not hold the command \
             that was typed; the one below runs every value that its rows have, in all combinations."
        ),
        None => format!("Every number here is derived from run.jsonl, the journal of the run, {places}"),
    });
    let mut table = Table::new("provenance", "What was run", vec![Column::words("property"), Column::words("value")]);
    let mut rows = vec![
        ("command", Cell::told(report.command.as_ref())),
        ("command for its rows", import.map_or_else(Cell::absent, |(_, bench)| Cell::words(command(bench)))),
        ("run", Cell::words(&report.run_id)),
        ("imported from", Cell::told(imported.map(|imported| &imported.tool))),
        ("its format", Cell::told(imported.map(|imported| &imported.format))),
        ("its file", Cell::told(imported.map(|imported| &imported.file))),
        ("SHA-256 of that file", Cell::told(imported.map(|imported| &imported.sha256))),
        ("started", Cell::told(bench.map(|bench| bench.started.to_string()))),
        ("densimeter", Cell::told(bench.map(|bench| &bench.densimeter))),
        ("schema of the report", Cell::of("/schema", &report.schema, Unit::Count)),
        ("seed", Cell::of("/bench/seed", &bench.and_then(|bench| bench.seed), Unit::Count)),
    ];
    if let Some(engine) = bench.and_then(|bench| bench.engine.as_ref()) {
        rows.push(("engine", Cell::words(&engine.build)));
        let features = (!engine.features.is_empty()).then(|| engine.features.join(" "));
        rows.push(("built with", Cell::told(features)));
    }
    for (at, model) in bench.iter().flat_map(|bench| &bench.models).enumerate() {
        rows.push(("model", Cell::words(&model.id)));
        rows.push(("its SHA-256", Cell::told(model.sha256.as_ref())));
        rows.push(("its bytes", Cell::of(format!("/bench/models/{at}/bytes"), &model.bytes, Unit::Bytes)));
    }
    for (name, cell) in rows.into_iter().filter(|(_, cell)| cell.is_present()) {
        table.push(vec![Cell::words(name), cell]);
    }
    section.tables.push(table);
    section
}
