//! Two curves that meet, their band and the date, in plain characters.

use jiff::civil::Date;

use super::crossover_curve::CurvePoint;
use crate::stat::Estimate;

/// Draws runnable (`+`) and required (`o`, band `.`) parameters on a logarithmic scale, one column a point; `x` where
/// both fall into one cell. Below the axis stands the date of the crossing (`*`) with its interval.
#[must_use]
pub fn draw(points: &[CurvePoint], date: Option<&Estimate<Date>>, rows: usize) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let all = || points.iter().flat_map(|point| [point.runnable, point.required]);
    let low = all().fold(f64::INFINITY, f64::min).log10().floor();
    let high = all().fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    let mut cells = vec![vec![' '; points.len()]; rows];
    let at = |value: f64| {
        let share = ((high - value.log10()) / (high - low)).clamp(0.0, 1.0);
        (share * (rows - 1) as f64).round() as usize
    };
    for (column, point) in points.iter().enumerate() {
        for row in cells.iter_mut().take(at(point.required_low) + 1).skip(at(point.required_high)) {
            row[column] = '.';
        }
        cells[at(point.required)][column] = 'o';
        let cell = &mut cells[at(point.runnable)][column];
        *cell = if *cell == 'o' { 'x' } else { '+' };
    }
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let value = high - (high - low) * index as f64 / (rows - 1) as f64;
        let line: String = row.iter().collect();
        text += &format!("{:>9.2e} |{}\n", 10f64.powf(value), line.trim_end());
    }
    let span = points.len().saturating_sub(4);
    text += &format!("{:>9} +{}\n", "params", "-".repeat(points.len()));
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
    use crate::report::crossover_curve::dates;

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
        let chart = draw(&points, Some(&date), 21);
        let line = chart.lines().find(|line| line.contains('x')).unwrap();
        assert_eq!(line.find('x').unwrap(), 11 + 20, "{chart}");
        let below = chart.lines().find(|line| line.trim_start().starts_with("date")).unwrap();
        assert_eq!(["[", "*", "]"].map(|mark| below.find(mark).unwrap() - 11), [10, 20, 30], "{chart}");
        assert!(below.ends_with("2024-09-01"), "{below}");
        let open = Estimate { high: None, ..date };
        let chart = draw(&points, Some(&open), 21);
        let below = chart.lines().find(|line| line.trim_start().starts_with("date")).unwrap();
        assert!(!below.contains(']'), "{below}");
    }
}
