//! The bench table of the terminal.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, presets};

use crate::report::bench::BenchReport;
use crate::report::table::{Column, columns, loads, model, warnings};

/// A table for each model, the engine's line and the warnings.
pub(super) fn render(report: &BenchReport) -> String {
    let columns = columns(report);
    let mut text = String::new();
    for about in &report.models {
        let mut table = Table::new();
        table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(columns.iter().map(|column| aligned(column, column.heading.to_owned())));
        for row in report.results.iter().filter(|row| row.model == about.id) {
            table.add_row(columns.iter().map(|column| aligned(column, column.cell(row))));
        }
        text += &format!("{}\n\n{}\n\n", model(about), table.trim_fmt());
    }
    for line in loads(report) {
        text += &format!("{line}\n");
    }
    if let Some(engine) = &report.engine {
        text += &format!("{} · {}\n", engine.build, engine.features.join(" "));
    }
    if let Some(rule) = &report.threads_rule {
        text += &format!("threads {rule}\n");
    }
    text += &format!(
        "seed {} · intervals 95 % (t) · latency: inter-token, TTFT: tokenise + prefill + sample\n",
        report.seed.map_or_else(|| "unknown".to_owned(), |seed| seed.to_string())
    );
    for warning in warnings(report) {
        text += &format!("warning: {warning}\n");
    }
    if let Some(reason) = &report.sustain_reason {
        text += &format!("warning: --sustain: {reason}\n");
    }
    text
}

fn aligned(column: &Column, text: String) -> Cell {
    Cell::new(text).set_alignment(if column.numbers { CellAlignment::Right } else { CellAlignment::Left })
}
