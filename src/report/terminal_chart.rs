//! A chart in plain characters: marks on a grid with an axis at the left and one below.

/// A grid of characters. Rows count from the top, columns from the left.
#[derive(Debug, Clone)]
pub struct TerminalChart {
    cells: Vec<Vec<char>>,
    columns: usize,
}

impl TerminalChart {
    /// An empty chart.
    #[must_use]
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { cells: vec![vec![' '; columns]; rows], columns }
    }

    /// The row at a share of the height, from 0 at the top to 1 at the bottom.
    #[must_use]
    pub fn row_at(&self, share: f64) -> usize {
        (share.clamp(0.0, 1.0) * (self.cells.len() - 1) as f64).round() as usize
    }

    /// The column at a share of the width, from 0 at the left to 1 at the right.
    #[must_use]
    pub fn column_at(&self, share: f64) -> usize {
        (share.clamp(0.0, 1.0) * (self.columns - 1) as f64).round() as usize
    }

    /// What stands in a cell.
    #[must_use]
    pub fn get(&self, column: usize, row: usize) -> char {
        self.cells[row][column]
    }

    /// Puts a mark into a cell.
    pub fn mark(&mut self, column: usize, row: usize, mark: char) {
        self.cells[row][column] = mark;
    }

    /// The lines of the chart and its lower axis; `label` names a row, `axis` the lower end.
    #[must_use]
    pub fn draw(&self, label: impl Fn(usize) -> String, axis: &str) -> String {
        let mut text = String::new();
        let mut width = 0;
        for (index, row) in self.cells.iter().enumerate() {
            let label = label(index);
            width = label.chars().count();
            let line: String = row.iter().collect();
            text += &format!("{label} |{}\n", line.trim_end());
        }
        text + &format!("{axis:>width$} +{}\n", "-".repeat(self.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_where_their_shares_say() {
        let mut chart = TerminalChart::new(5, 3);
        let (column, row) = (chart.column_at(1.0), chart.row_at(0.0));
        chart.mark(column, row, 'x');
        let (column, row) = (chart.column_at(0.0), chart.row_at(1.0));
        chart.mark(column, row, 'o');
        assert_eq!(chart.get(0, 2), 'o');
        assert_eq!(
            chart.draw(|row| format!("{:>4.1}", 1.0 - row as f64 / 2.0), "t/s"),
            " 1.0 |    x\n 0.5 |\n 0.0 |o\n t/s +-----\n"
        );
    }
}
