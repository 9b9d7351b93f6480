//! The throttling curve for a terminal.

use crate::measure::sustain_report::SustainReport;
use crate::report::terminal_chart::TerminalChart;

/// Width and height of the chart in characters.
const CHART: (usize, usize) = (64, 10);

/// The curve of speed over time, drawn in characters, and the verdict under it.
#[must_use]
pub fn chart(report: &SustainReport) -> String {
    let (width, height) = CHART;
    let Some(last) = report.points.last() else { return String::new() };
    let fastest = report.points.iter().map(|point| point.tokens_per_second).fold(0.0, f64::max);
    let mut chart = TerminalChart::new(width, height);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); width];
    for point in &report.points {
        columns[chart.column_at(point.elapsed_s / last.elapsed_s)].push(point.tokens_per_second);
    }
    let level = |row: usize| fastest * (height - row) as f64 / height as f64;
    let half = fastest / height as f64 / 2.0;
    for (column, speeds) in columns.iter().enumerate().filter(|(_, speeds)| !speeds.is_empty()) {
        let mean = speeds.iter().sum::<f64>() / speeds.len() as f64;
        for row in (0..height).filter(|row| (mean - level(*row)).abs() <= half) {
            chart.mark(column, row, '*');
        }
    }
    let axis = chart.draw(|row| format!("{:8.1}", level(row)), "t/s");
    format!("{axis}{:>10}0 s{:>w$.0} s\n{}\n", "", last.elapsed_s, report.verdict(), w = width - 5)
}
