//! The bench table of the terminal.

use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::report::bench::BenchReport;
use crate::report::table::{HEADINGS, cells, loads, verdict, warnings};

/// The table, the engine's line and the warnings.
pub(super) fn render(report: &BenchReport) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(HEADINGS.iter().copied().chain(["verdict"]));
    for row in &report.results {
        let right = cells(report, row).into_iter().enumerate().map(|(place, text)| {
            let alignment = if place >= 3 && place != 4 { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(alignment)
        });
        table.add_row(right.chain([Cell::new(verdict(row))]));
    }
    let mut text = format!("{table}\n");
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
        report.seed
    );
    for warning in warnings(report) {
        text += &format!("warning: {warning}\n");
    }
    if let Some(reason) = &report.sustain_reason {
        text += &format!("warning: --sustain: {reason}\n");
    }
    text
}
