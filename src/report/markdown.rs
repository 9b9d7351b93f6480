//! The bench table as Markdown, for a pull request.

use super::bench::BenchReport;
use super::table::{HEADINGS, cells, loads, verdict, warnings};

/// The table and its warnings.
#[must_use]
pub fn bench(report: &BenchReport) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let escape = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
    let mut headings: Vec<String> = HEADINGS.iter().map(|heading| (*heading).to_owned()).collect();
    headings.push("verdict".to_owned());
    let mut text = line(&headings);
    text += &line(&vec!["---".to_owned(); headings.len()]);
    for row in &report.results {
        let mut columns: Vec<String> = cells(report, row).iter().map(|cell| escape(cell)).collect();
        columns.push(verdict(row).to_owned());
        text += &line(&columns);
    }
    for line in loads(report).into_iter().chain(warnings(report)) {
        text += &format!("\n- {}", escape(&line));
    }
    if text.ends_with('\n') { text } else { text + "\n" }
}
