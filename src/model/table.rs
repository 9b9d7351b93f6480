//! CSV tables whose errors name the file, the row and the column.

use std::collections::HashMap;

/// Most bytes of a table that are read; larger input is refused.
pub const MAX_TABLE_BYTES: usize = 64 << 20;

/// A table that cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The text is no CSV.
    #[error("{file}: not CSV: {problem}")]
    NotCsv {
        /// The file.
        file: String,
        /// What the reader said.
        problem: String,
    },
    /// More bytes than [`MAX_TABLE_BYTES`].
    #[error("{file}: larger than {MAX_TABLE_BYTES} bytes")]
    TooLarge {
        /// The file.
        file: String,
    },
    /// A header without a needed column.
    #[error("{file}: no column `{column}` (the header has: {header})")]
    NoColumn {
        /// The file.
        file: String,
        /// The missing column.
        column: String,
        /// The columns that are there.
        header: String,
    },
    /// No row beside the header.
    #[error("{file}: no row below the header")]
    Empty {
        /// The file.
        file: String,
    },
    /// A cell that cannot be.
    #[error("{file}, row {row}, column {column}: {problem}")]
    Cell {
        /// The file.
        file: String,
        /// Line of the row in the file; the header is line 1.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        problem: String,
    },
}

/// A CSV table with a header, held as text.
#[derive(Debug)]
pub struct Table {
    file: String,
    columns: HashMap<String, usize>,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    /// Reads `text`; `file` is the name that errors show.
    ///
    /// # Errors
    /// Text that is not CSV, is too large, has no row, or lacks one of the columns `needed`.
    pub fn parse(file: &str, text: &str, needed: &[&str]) -> Result<Self, TableError> {
        let file = file.to_owned();
        if text.len() > MAX_TABLE_BYTES {
            return Err(TableError::TooLarge { file });
        }
        let not_csv = |error: csv::Error| TableError::NotCsv { file: file.clone(), problem: error.to_string() };
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
        let header = reader.headers().map_err(not_csv)?.clone();
        let columns: HashMap<String, usize> =
            header.iter().enumerate().map(|(i, name)| (name.trim_start_matches('\u{feff}').to_owned(), i)).collect();
        if let Some(column) = needed.iter().find(|name| !columns.contains_key(**name)) {
            let header = header.iter().collect::<Vec<_>>().join(", ");
            return Err(TableError::NoColumn { file, column: (*column).to_owned(), header });
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(not_csv)?;
            rows.push((record.position().map_or(0, csv::Position::line), record));
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file });
        }
        Ok(Self { file, columns, rows })
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { table: self, line: *line, record })
    }
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    line: u64,
    record: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// The text of a cell; `None` where the column is missing or the cell is empty.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&'a str> {
        self.table.columns.get(column).and_then(|i| self.record.get(*i)).filter(|cell| !cell.is_empty())
    }

    /// The text of a cell that must be there.
    ///
    /// # Errors
    /// An empty cell.
    pub fn required(&self, column: &str) -> Result<&'a str, TableError> {
        self.text(column).ok_or_else(|| self.error(column, "empty"))
    }

    /// A finite number; `None` where the cell is empty.
    ///
    /// # Errors
    /// A cell that is not a finite number.
    pub fn number(&self, column: &str) -> Result<Option<f64>, TableError> {
        let Some(cell) = self.text(column) else { return Ok(None) };
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.error(column, format!("`{cell}` is not a finite number"))),
        }
    }

    /// A finite number that must be there.
    ///
    /// # Errors
    /// An empty cell, or one that is not a finite number.
    pub fn required_number(&self, column: &str) -> Result<f64, TableError> {
        self.required(column)?;
        self.number(column)?.ok_or_else(|| self.error(column, "empty"))
    }

    /// A finite number above zero; `None` where the cell is empty.
    ///
    /// # Errors
    /// A cell that is not such a number.
    pub fn positive(&self, column: &str) -> Result<Option<f64>, TableError> {
        match self.number(column)? {
            Some(number) if number <= 0.0 => Err(self.error(column, format!("{number} is not above zero"))),
            number => Ok(number),
        }
    }

    /// A date `YYYY-MM-DD`, not after `today`.
    ///
    /// # Errors
    /// An empty cell, text that is no such date, or a date in the future.
    pub fn date(&self, column: &str, today: jiff::civil::Date) -> Result<jiff::civil::Date, TableError> {
        let cell = self.required(column)?;
        let date: jiff::civil::Date =
            cell.parse().map_err(|_| self.error(column, format!("`{cell}` is not a date (YYYY-MM-DD)")))?;
        if date > today { Err(self.error(column, format!("{date} lies in the future of {today}"))) } else { Ok(date) }
    }

    /// An error at a cell of this row.
    pub fn error(&self, column: &str, problem: impl Into<String>) -> TableError {
        TableError::Cell {
            file: self.table.file.clone(),
            row: self.line,
            column: column.to_owned(),
            problem: problem.into(),
        }
    }
}
