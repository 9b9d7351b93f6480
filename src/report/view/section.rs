//! A part of a report: sentences, figures, tables, remarks.

use serde::Serialize;

use super::figure::Figure;
use super::number::Cell;

/// A part of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// Sentences before anything else.
    pub text: Vec<String>,
    /// Figures, drawn or not.
    pub figures: Vec<Figure>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Remarks.
    pub remarks: Vec<String>,
}

impl Section {
    pub(super) const fn new(id: &'static str, heading: &'static str) -> Self {
        Self { id, heading, text: Vec::new(), figures: Vec::new(), tables: Vec::new(), remarks: Vec::new() }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// Whether it holds numbers, which stand at its right side.
    pub numbers: bool,
}

impl Column {
    pub(super) const fn words(heading: &'static str) -> Self {
        Self { heading, numbers: false }
    }

    pub(super) const fn numbers(heading: &'static str) -> Self {
        Self { heading, numbers: true }
    }
}

/// A table. The first cell of a row names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its file name without the ending.
    pub id: &'static str,
    /// What it holds.
    pub caption: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with the group that a reader may hide.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Cells, one for each column.
    pub cells: Vec<Cell>,
    /// The device class that it belongs to.
    pub group: Option<String>,
}

impl Table {
    pub(super) fn new(id: &'static str, caption: &'static str, columns: Vec<Column>) -> Self {
        Self { id, caption, columns, rows: Vec::new() }
    }

    pub(super) fn push(&mut self, cells: Vec<Cell>) {
        self.rows.push(Row { cells, group: None });
    }

    /// Without the columns that show nothing in any row.
    pub(super) fn without_empty_columns(mut self) -> Self {
        let kept: Vec<bool> = (0..self.columns.len())
            .map(|at| {
                self.rows.is_empty() || self.rows.iter().any(|row| row.cells.get(at).is_some_and(Cell::is_present))
            })
            .collect();
        let mut at = kept.iter();
        self.columns.retain(|_| *at.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut at = kept.iter();
            row.cells.retain(|_| *at.next().unwrap_or(&true));
        }
        self
    }
}
