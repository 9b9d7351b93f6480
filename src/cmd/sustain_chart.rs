//! The throttling curve for people.

use crate::measure::sustain_report::SustainReport;

/// Width and height of the chart in characters.
const CHART: (usize, usize) = (64, 10);

/// The curve of speed over time, drawn in characters, and the verdict under it.
pub(super) fn chart(report: &SustainReport) -> String {
    let (width, height) = CHART;
    let Some(last) = report.points.last() else { return String::new() };
    let fastest = report.points.iter().map(|point| point.tokens_per_second).fold(0.0, f64::max);
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); width];
    for point in &report.points {
        let place = (point.elapsed_s / last.elapsed_s * (width - 1) as f64).round() as usize;
        columns[place.min(width - 1)].push(point.tokens_per_second);
    }
    let mut text = String::new();
    for line in (1..=height).rev() {
        let level = fastest * line as f64 / height as f64;
        let half = fastest / height as f64 / 2.0;
        let marks: String = columns
            .iter()
            .map(|speeds| {
                let mean = speeds.iter().sum::<f64>() / speeds.len() as f64;
                if !speeds.is_empty() && (mean - level).abs() <= half { '*' } else { ' ' }
            })
            .collect();
        text += &format!("{level:8.1} |{}\n", marks.trim_end());
    }
    text += &format!("{:>8} +{}\n{:>10}0 s{:>w$.0} s\n", "t/s", "-".repeat(width), "", last.elapsed_s, w = width - 5);
    text + &format!("{}\n", report.verdict())
}
