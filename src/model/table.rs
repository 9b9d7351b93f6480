//! CSV files of the project and of the user: every complaint names the file, the row and the column.

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;

/// Rows beyond this are refused: no table of released models is that long, and some fits search.
pub const MOST_ROWS: usize = 20_000;

/// What is wrong with a table. Rows count from 1 below the header; `line` is the line in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file has no header or no row below it.
    #[error("{file}: no rows; expected a header and at least one row")]
    Empty {
        /// The file.
        file: String,
    },
    /// More rows than [`MOST_ROWS`].
    #[error("{file}: more than {MOST_ROWS} rows")]
    TooLong {
        /// The file.
        file: String,
    },
    /// The CSV itself is broken.
    #[error("{file}: {what}")]
    Syntax {
        /// The file.
        file: String,
        /// What the reader said.
        what: String,
    },
    /// A column is missing.
    #[error("{file}: no column `{column}` in the header ({found})")]
    NoColumn {
        /// The file.
        file: String,
        /// The name, or the names that would do.
        column: String,
        /// The columns that are there.
        found: String,
    },
    /// A cell does not hold what it should.
    #[error("{file}: row {row} (line {line}), column `{column}`: {what}")]
    Cell {
        /// The file.
        file: String,
        /// Row, from 1 below the header.
        row: usize,
        /// Line in the file.
        line: u64,
        /// Name of the column.
        column: String,
        /// What is wrong and what was expected.
        what: String,
    },
}

/// A parsed table.
#[derive(Debug)]
pub struct Table {
    file: String,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    index: usize,
}

impl Table {
    /// Parses `text`; `file` is the name for messages.
    ///
    /// # Errors
    /// No rows, too many, or text that is no CSV with equally long rows.
    pub fn parse(file: &str, text: &str) -> Result<Self, TableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let syntax = |error: csv::Error| TableError::Syntax { file: file.to_owned(), what: error.to_string() };
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(syntax)?.clone();
        let mut rows = Vec::new();
        for row in reader.records() {
            if rows.len() == MOST_ROWS {
                return Err(TableError::TooLong { file: file.to_owned() });
            }
            rows.push(row.map_err(syntax)?);
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file: file.to_owned() });
        }
        Ok(Self { file: file.to_owned(), header, rows })
    }

    /// Position of the first of `names` that is a column.
    ///
    /// # Errors
    /// None of them is.
    pub fn column(&self, names: &[&str]) -> Result<usize, TableError> {
        self.optional_column(names).ok_or_else(|| TableError::NoColumn {
            file: self.file.clone(),
            column: names.join("` or `"),
            found: self.header.iter().collect::<Vec<_>>().join(", "),
        })
    }

    /// As [`Table::column`], where the column may be missing.
    #[must_use]
    pub fn optional_column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| column.eq_ignore_ascii_case(name)))
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|index| Row { table: self, index })
    }
}

impl<'a> Row<'a> {
    /// The cell's text without surrounding space.
    #[must_use]
    pub fn text(self, column: usize) -> &'a str {
        self.table.rows[self.index].get(column).unwrap_or("")
    }

    /// A complaint about a cell of this row.
    #[must_use]
    pub fn error(self, column: usize, what: impl Into<String>) -> TableError {
        TableError::Cell {
            file: self.table.file.clone(),
            row: self.index + 1,
            line: self.table.rows[self.index].position().map_or(0, csv::Position::line),
            column: self.table.header.get(column).unwrap_or("?").to_owned(),
            what: what.into(),
        }
    }

    /// A cell that must not be empty.
    ///
    /// # Errors
    /// It is.
    pub fn required(self, column: usize) -> Result<&'a str, TableError> {
        match self.text(column) {
            "" => Err(self.error(column, "empty")),
            text => Ok(text),
        }
    }

    /// An ISO date not after `today`.
    ///
    /// # Errors
    /// Not a date, or one in the future.
    pub fn past_date(self, column: usize, today: Date) -> Result<Date, TableError> {
        let text = self.required(column)?;
        // Strict on purpose: jiff alone would accept a date with a time behind it.
        let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
        let date = date.ok_or_else(|| self.error(column, format!("`{text}` is not a date (YYYY-MM-DD)")))?;
        if date > today {
            return Err(self.error(column, format!("{date} is in the future (today is {today})")));
        }
        Ok(date)
    }

    /// A finite number above 0.
    ///
    /// # Errors
    /// Anything else.
    pub fn positive(self, column: usize) -> Result<f64, TableError> {
        let text = self.required(column)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
            _ => Err(self.error(column, format!("`{text}` is not a finite number above 0"))),
        }
    }

    /// A finite number above 0, or `None` for an empty cell.
    ///
    /// # Errors
    /// A cell that holds anything else.
    pub fn optional_positive(self, column: usize) -> Result<Option<f64>, TableError> {
        if self.text(column).is_empty() { Ok(None) } else { self.positive(column).map(Some) }
    }

    /// A score in percent, 0 to 100, or `None` for an empty cell.
    ///
    /// # Errors
    /// A cell that holds anything else.
    pub fn percent(self, column: usize) -> Result<Option<f64>, TableError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if (0.0..=100.0).contains(&number) => Ok(Some(number)),
            _ => Err(self.error(column, format!("`{text}` is not a score in percent, 0 to 100"))),
        }
    }

    /// A source: how the row came to be known.
    ///
    /// # Errors
    /// The cell is empty.
    pub fn source(self, column: usize) -> Result<&'a str, TableError> {
        let text = self.text(column);
        if text.is_empty() { Err(self.error(column, "no source; say where the row was read")) } else { Ok(text) }
    }
}
