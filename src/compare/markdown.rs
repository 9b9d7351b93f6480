//! A comparison as Markdown for a pull request.

use super::cells::{HEADINGS, NUMBERS, cells, legend, remarks};
use super::document::Document;
use crate::report::markdown_table::table;

/// The whole document.
#[must_use]
pub(crate) fn render(document: &Document) -> String {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace(['\n', '\r'], " ");
    let mut text = format!("# Compared with {}: {}\n", escape(&document.base.run_id), document.verdict);
    for comparison in &document.comparisons {
        text += &format!("\n## {}: {}\n\n", escape(&comparison.report.run_id), comparison.verdict);
        if !comparison.same_report {
            let columns = HEADINGS.into_iter().zip(NUMBERS);
            text += &table(columns, comparison.rows.iter().map(|row| cells(row).map(|cell| escape(&cell))));
        }
        let remarks = remarks(comparison);
        if !remarks.is_empty() && !comparison.rows.is_empty() {
            text.push('\n');
        }
        for remark in remarks {
            text += &format!("- {}\n", escape(&remark));
        }
    }
    if document.comparisons.iter().any(|comparison| !comparison.same_report) {
        text += &format!("\n{}\n", legend(document));
    }
    text
}
