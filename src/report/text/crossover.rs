//! Crossings for a terminal: the table, what moves a date, and two curves that meet.

use comfy_table::{Table, presets};
use jiff::civil::Date;

use crate::crossover::crossing::Crossing;
use crate::crossover::curve::CurvePoint;
use crate::report::terminal_chart::TerminalChart;
use crate::stat::Estimate;
use crate::unit::plain;

/// The table of all rows, with what to know about their dates.
#[must_use]
pub fn table(rows: &[Crossing]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "class",
        "capability",
        "memory and decode (95 %)",
        "with TTFT",
        "binding",
        "first release that did",
        "headroom today",
    ]);
    for row in rows {
        table.add_row([
            row.class.clone(),
            row.capability.clone(),
            row.date
                .as_ref()
                .map_or_else(|| format!("never: {}", row.reason.as_deref().unwrap_or_default()), ToString::to_string),
            row.date_with_ttft.as_ref().map_or_else(|| "never".to_owned(), |date| date.point.to_string()),
            row.binding.name().to_owned(),
            row.first_release
                .as_ref()
                .map_or_else(|| "none yet".to_owned(), |found| format!("{} {}", found.model, found.date)),
            format!("x{}", plain(row.today.headroom, 2)),
        ]);
    }
    let mut remarks: Vec<String> = rows
        .iter()
        .filter(|row| row.date.is_some())
        .filter_map(|row| row.reason.as_ref().map(|reason| format!("{}, {}: {reason}\n", row.class, row.capability)))
        .collect();
    remarks.dedup();
    format!("{table}\n{}", remarks.concat())
}

/// By how much a factor of two in an assumption moves the date.
#[must_use]
pub fn sensitivity(row: &Crossing) -> String {
    let mut text = "months by which a factor 2 moves the date:\n".to_owned();
    for shift in &row.sensitivity {
        let months = shift.months.map_or_else(|| "no date".to_owned(), |months| format!("{months:+.1}"));
        text += &format!("  {:<22} {months}\n", shift.change.name());
    }
    text
}

/// Draws runnable (`+`) and required (`o`, band `.`) parameters on a logarithmic scale, one column a point; `x` where
/// both fall into one cell. Below the axis stands the date of the crossing (`*`) with its interval.
#[must_use]
pub fn chart(points: &[CurvePoint], date: Option<&Estimate<Date>>, rows: usize) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let all = || points.iter().flat_map(|point| [point.runnable, point.required]);
    let low = all().fold(f64::INFINITY, f64::min).log10().floor();
    let high = all().fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    let mut chart = TerminalChart::new(points.len(), rows);
    for (column, point) in points.iter().enumerate() {
        let [top, bottom, required, runnable] =
            [point.required_high, point.required_low, point.required, point.runnable]
                .map(|value| chart.row_at((high - value.log10()) / (high - low)));
        for row in top..=bottom {
            chart.mark(column, row, '.');
        }
        chart.mark(column, required, 'o');
        let mark = if chart.get(column, runnable) == 'o' { 'x' } else { '+' };
        chart.mark(column, runnable, mark);
    }
    let label = |row: usize| format!("{:>9.2e}", 10f64.powf(high - (high - low) * row as f64 / (rows - 1) as f64));
    let mut text = chart.draw(label, "params");
    let span = points.len().saturating_sub(4);
    if let Some(date) = date {
        text += &format!("{:>9}  {}\n", "date", interval(points, date));
    }
    text += &format!("{:>9}  {:<span$}{}\n", "", first.date.year(), last.date.year());
    text + "           + runnable (memory and decode)   o required (95 % band: .)   x both   * crossing [95 %]\n"
}

/// The date and its interval along the axis; an end beyond the axis is left open.
fn interval(points: &[CurvePoint], date: &Estimate<Date>) -> String {
    let column = |day: Date| points.iter().position(|point| point.date >= day);
    let mut line = vec![' '; points.len()];
    let from = date.low.map_or(0, |low| column(low).unwrap_or(points.len() - 1));
    let to = date.high.and_then(column);
    line[from..=to.unwrap_or(points.len() - 1)].fill('-');
    if date.low.is_some_and(|low| low >= points[0].date) {
        line[from] = '[';
    }
    if let Some(to) = to {
        line[to] = ']';
    }
    match column(date.point) {
        Some(place) => line[place] = '*',
        None => line[points.len() - 1] = '>',
    }
    let line: String = line.iter().collect();
    format!("{} {}", line.trim_end(), date.point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossover::curve::dates;

    #[test]
    fn curves_meet_where_they_should_and_the_date_stands_below() {
        let points: Vec<CurvePoint> = dates(1, 41)
            .into_iter()
            .enumerate()
            .map(|(month, date)| {
                let step = month as f64 / 10.0;
                CurvePoint {
                    date,
                    runnable: 10f64.powf(step),
                    responsive: 10f64.powf(step),
                    required: 10f64.powf(4.0 - step),
                    required_low: 10f64.powf(3.5 - step),
                    required_high: 10f64.powf(4.5 - step),
                }
            })
            .collect();
        let date = Estimate::new(points[20].date, points[10].date, points[30].date, 0.95, "given");
        let drawn = chart(&points, Some(&date), 21);
        let line = drawn.lines().find(|line| line.contains('x')).unwrap();
        assert_eq!(line.find('x').unwrap(), 11 + 20, "{drawn}");
        let below = drawn.lines().find(|line| line.trim_start().starts_with("date")).unwrap();
        assert_eq!(["[", "*", "]"].map(|mark| below.find(mark).unwrap() - 11), [10, 20, 30], "{drawn}");
        assert!(below.ends_with("2024-09-01"), "{below}");
        let open = Estimate { high: None, ..date };
        let drawn = chart(&points, Some(&open), 21);
        let below = drawn.lines().find(|line| line.trim_start().starts_with("date")).unwrap();
        assert!(!below.contains(']'), "{below}");
    }
}
