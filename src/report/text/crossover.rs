//! Crossings for a terminal: the table, what moves a date, and the two curves that meet.

use comfy_table::{Table, presets};
use jiff::civil::Date;

use crate::crossover::crossing::Crossing;
use crate::crossover::curve::CurvePoint;
use crate::crossover::verdict::Chance;
use crate::report::terminal_chart::TerminalChart;
use crate::stat::Estimate;
use crate::unit::plain;

/// The table of all rows.
#[must_use]
pub fn table(rows: &[Crossing]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "class",
        "capability",
        "met today",
        "memory and decode (95 %)",
        "with TTFT",
        "binding",
        "first release that did by itself",
        "headroom",
    ]);
    for row in rows {
        let date =
            |date: &Option<Estimate<Date>>| date.as_ref().map_or_else(|| "> 30 years".to_owned(), ToString::to_string);
        let realised = row.realised.as_ref().map(|found| format!("{} {}", found.model, found.date));
        table.add_row([
            row.class.clone(),
            row.capability.clone(),
            row.met_today.as_ref().map_or_else(String::new, |met| Chance(met.probability).to_string()),
            date(&row.date),
            row.date_with_ttft.as_ref().map_or_else(|| "> 30 years".to_owned(), |date| date.point.to_string()),
            row.binding.name().to_owned(),
            realised.unwrap_or_else(|| "none yet".to_owned()),
            row.today.headroom.map_or_else(|| "none".to_owned(), |headroom| format!("x{}", plain(headroom, 2))),
        ]);
    }
    format!("{table}\n")
}

/// How far what one may doubt moves the date.
#[must_use]
pub fn sensitivity(row: &Crossing) -> String {
    let mut text = format!("{}, {}: what moves the date\n", row.class, row.capability);
    text += &format!("  {:<36} {:>9}   {:<10} {:>7}\n", "", "met today", "date", "months");
    let mut line = |name: &str, met: Option<f64>, date: Option<Date>, months: Option<f64>| {
        let met = met.map_or_else(String::new, |met| Chance(met).to_string());
        let date = date.map_or_else(|| "> 30 years".to_owned(), |date| date.to_string());
        let months = months.map_or_else(String::new, |months| format!("{months:+.1}"));
        text += &format!("  {name:<36} {met:>9}   {date:<10} {months:>7}\n");
    };
    let met = row.met_today.as_ref().map(|met| met.probability);
    line("as it is", met, row.date.as_ref().map(|date| date.point), None);
    for shift in &row.sensitivity {
        line(shift.change.name(), shift.probability, shift.date, shift.months);
    }
    text
}

/// Draws runnable (`+`) and required (`o`, band `.`) parameters on a logarithmic scale, one column a point; `x` where
/// both fall into one cell. Below the axis stands the date of the crossing (`*`) with its interval.
#[must_use]
pub fn chart(points: &[CurvePoint], date: Option<&Estimate<Date>>, rows: usize) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let all = || points.iter().flat_map(|point| [Some(point.runnable), point.required]).flatten();
    let low = all().fold(f64::INFINITY, f64::min).log10().floor();
    let high = all().fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    let mut chart = TerminalChart::new(points.len(), rows);
    for (column, point) in points.iter().enumerate() {
        let row = |value: f64| chart.row_at((high - value.log10()) / (high - low));
        let runnable = row(point.runnable);
        let required = point.required.map(row);
        if let Some((top, bottom)) = point.required_high.map(row).zip(point.required_low.map(row)) {
            for row in top..=bottom {
                chart.mark(column, row, '.');
            }
        }
        if let Some(required) = required {
            chart.mark(column, required, 'o');
        }
        chart.mark(column, runnable, if required == Some(runnable) { 'x' } else { '+' });
    }
    let label = |row: usize| format!("{:>9.2e}", 10f64.powf(high - (high - low) * row as f64 / (rows - 1) as f64));
    let mut text = chart.draw(label, "params");
    let span = points.len().saturating_sub(4);
    if let Some(date) = date {
        text += &format!("{:>9}  {}\n", "date", interval(points, date));
    }
    text += &format!("{:>9}  {:<span$}{}\n", "", first.date.year(), last.date.year());
    text + "           + runnable (memory and decode)   o required (95 % band: .)   x both   * median [95 %]\n"
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
                    required: Some(10f64.powf(4.0 - step)),
                    required_low: Some(10f64.powf(3.5 - step)),
                    required_high: Some(10f64.powf(4.5 - step)),
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
