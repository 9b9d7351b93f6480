//! A comparison for the terminal.

use comfy_table::{Table, presets};

use super::cells::{HEADINGS, cells, legend, remarks};
use super::document::{Comparison, Document};

fn verdict(comparison: &Comparison) -> String {
    if comparison.same_report { "the same report".to_owned() } else { comparison.verdict.to_string() }
}

/// The whole document.
#[must_use]
pub(crate) fn render(document: &Document) -> String {
    let mut text = format!("base: {} ({})\n", document.base.file, document.base.run_id);
    for comparison in &document.comparisons {
        text += &format!("\n{} ({}): {}\n", comparison.report.file, comparison.report.run_id, verdict(comparison));
        if comparison.same_report {
            continue;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(HEADINGS);
        for row in &comparison.rows {
            table.add_row(cells(row));
        }
        text += &format!("{table}\n");
        for remark in remarks(comparison) {
            text += &format!("{remark}\n");
        }
    }
    if document.comparisons.iter().any(|comparison| !comparison.same_report) {
        text += &format!("\n{}\n", legend(document));
    }
    text
}
