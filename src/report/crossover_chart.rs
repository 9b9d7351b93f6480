//! Two curves that meet, in plain characters.

/// Draws ln runnable (`+`) and ln required (`o`) against years; `x` where both fall into one cell.
#[must_use]
pub fn draw(points: &[(f64, f64, f64)], rows: usize) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let decade = std::f64::consts::LN_10;
    let all = || points.iter().flat_map(|point| [point.1, point.2]);
    let low = (all().fold(f64::INFINITY, f64::min) / decade).floor() * decade;
    let high = (all().fold(f64::NEG_INFINITY, f64::max) / decade).ceil() * decade;
    let mut cells = vec![vec![' '; points.len()]; rows];
    let at = |value: f64| (((high - value) / (high - low)) * (rows - 1) as f64).round() as usize;
    for (column, point) in points.iter().enumerate() {
        cells[at(point.2)][column] = 'o';
        let cell = &mut cells[at(point.1)][column];
        *cell = if *cell == 'o' { 'x' } else { '+' };
    }
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let value = high - (high - low) * index as f64 / (rows - 1) as f64;
        let line: String = row.iter().collect();
        text += &format!("{:>9.2e} |{}\n", value.exp(), line.trim_end());
    }
    let span = points.len().saturating_sub(8);
    text += &format!("{:>9} +{}\n", "params", "-".repeat(points.len()));
    text += &format!("{:>9}  {:<span$.1}  {:.1}\n", "", first.0, last.0);
    text + "           + runnable (memory and decode)   o required   x both\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_meet_where_they_should() {
        let points: Vec<(f64, f64, f64)> =
            (0..41).map(|i| (2020.0 + f64::from(i), f64::from(i), 40.0 - f64::from(i))).collect();
        let chart = draw(&points, 21);
        let line = chart.lines().find(|line| line.contains('x')).unwrap();
        assert_eq!(line.find('x').unwrap(), 11 + 20, "{chart}");
    }
}
