//! CSV tables of untrusted text: columns by name, cells that answer with the row and column of a mistake.

use std::collections::HashMap;

/// Rows beyond which a table is refused.
pub const MOST_ROWS: usize = 100_000;

/// A cell or a table that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TableError {
    /// The text is not CSV.
    #[error("{table}: {problem}")]
    Csv {
        /// Name of the table.
        table: String,
        /// What the CSV reader says, with its line.
        problem: String,
    },
    /// A column is not in the header.
    #[error("{table}: no column `{column}` in the header")]
    NoColumn {
        /// Name of the table.
        table: String,
        /// The column.
        column: String,
    },
    /// A cell has a value that its column does not allow.
    #[error("{table}: line {line}, column `{column}`: {problem}")]
    Cell {
        /// Name of the table.
        table: String,
        /// Line of the file, the header being line 1.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong, with the text found.
        problem: String,
    },
    /// More rows than [`MOST_ROWS`].
    #[error("{table}: more than {MOST_ROWS} rows")]
    TooManyRows {
        /// Name of the table.
        table: String,
    },
}

/// A CSV table in memory.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    columns: HashMap<String, usize>,
    rows: Vec<csv::StringRecord>,
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    record: &'a csv::StringRecord,
}

impl Table {
    /// Reads CSV text with a header line; `name` is what errors call the table.
    ///
    /// # Errors
    /// Text that is not CSV (a row of another length included) or has too many rows.
    pub fn parse(name: &str, text: &str) -> Result<Self, TableError> {
        let refuse = |error: csv::Error| TableError::Csv { table: name.to_owned(), problem: error.to_string() };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(refuse)?;
        let columns = header.iter().enumerate().map(|(index, column)| (column.to_owned(), index)).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            if rows.len() == MOST_ROWS {
                return Err(TableError::TooManyRows { table: name.to_owned() });
            }
            rows.push(record.map_err(refuse)?);
        }
        Ok(Self { name: name.to_owned(), columns, rows })
    }

    /// Demands columns of the header.
    ///
    /// # Errors
    /// The first column that is missing.
    pub fn require(&self, columns: &[&str]) -> Result<(), TableError> {
        match columns.iter().find(|column| !self.columns.contains_key(**column)) {
            Some(column) => Err(TableError::NoColumn { table: self.name.clone(), column: (*column).to_owned() }),
            None => Ok(()),
        }
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { table: self, record })
    }
}

impl Row<'_> {
    /// The text of a cell; `None` where it is empty or the table has no such column.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        let index = *self.table.columns.get(column)?;
        self.record.get(index).filter(|cell| !cell.is_empty())
    }

    /// The text of a cell that must not be empty.
    ///
    /// # Errors
    /// An empty cell.
    pub fn required(&self, column: &str) -> Result<&str, TableError> {
        self.text(column).ok_or_else(|| self.refuse(column, "is empty"))
    }

    /// A number above zero; `None` where the cell is empty or the table has no such column.
    ///
    /// # Errors
    /// Text that is not a finite number above zero.
    pub fn positive(&self, column: &str) -> Result<Option<f64>, TableError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value > 0.0 => Ok(Some(value)),
            _ => Err(self.refuse(column, &format!("`{text}` is not a number above zero"))),
        }
    }

    /// A number above zero that must be there.
    ///
    /// # Errors
    /// An empty cell, or text that is not a finite number above zero.
    pub fn required_positive(&self, column: &str) -> Result<f64, TableError> {
        self.positive(column)?.ok_or_else(|| self.refuse(column, "is empty"))
    }

    /// A mistake in a cell of this row.
    #[must_use]
    pub fn refuse(&self, column: &str, problem: &str) -> TableError {
        TableError::Cell {
            table: self.table.name.clone(),
            line: self.record.position().map_or(0, csv::Position::line),
            column: column.to_owned(),
            problem: problem.to_owned(),
        }
    }
}
