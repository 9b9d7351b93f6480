//! The bench table as Markdown, for a pull request.

use super::bench::BenchReport;
use super::table::{MODEL_HEADINGS, columns, loads, model_cells, warnings};

/// The table and its warnings.
#[must_use]
pub fn bench(report: &BenchReport) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let escape = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
    let columns = columns(report);
    let headings = MODEL_HEADINGS.into_iter().chain(columns.iter().map(|column| column.heading));
    let rules = columns.iter().map(|column| if column.numbers { "---:" } else { "---" });
    let mut text = line(headings.map(str::to_owned).collect());
    text += &line(["---", "---:", "---:"].into_iter().chain(rules).map(str::to_owned).collect());
    for row in &report.results {
        let cells = model_cells(report, row).into_iter().chain(columns.iter().map(|column| column.cell(row)));
        text += &line(cells.map(|cell| escape(&cell)).collect());
    }
    text.push('\n');
    for line in loads(report).into_iter().chain(warnings(report)) {
        text += &format!("- {}\n", escape(&line));
    }
    text
}
