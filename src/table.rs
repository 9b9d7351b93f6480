//! CSV files of the project and of the user: every complaint names the file, the row and the column.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;

use crate::file::bounded::{self, ReadError};
use crate::unit::{Benchmark, Scores};

mod error;

pub(crate) use error::{MOST_BYTES, MOST_ROWS, TableError};

/// The text of a table.
///
/// # Errors
/// A file that cannot be read, is longer than [`MOST_BYTES`] or no text.
pub(crate) fn read(path: &Path) -> Result<String, ReadError> {
    bounded::text(path, MOST_BYTES as u64)
}

/// A parsed table.
#[derive(Debug)]
pub(crate) struct Table {
    file: String,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    index: usize,
}

impl Table {
    /// Parses `text`; `file` is the name for messages.
    ///
    /// A byte-order mark and lines that begin with `#` are skipped; names of columns are compared without case, and a
    /// space in them counts as `_`.
    ///
    /// # Errors
    /// No rows, too many, or text that is no CSV with equally long rows.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, TableError> {
        if text.len() > MOST_BYTES {
            return Err(TableError::TooLong { file: file.to_owned() });
        }
        // Where two characters end a line the parser's numbers are one behind.
        let text = &text.replace("\r\n", "\n");
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let syntax = |error: csv::Error| TableError::Syntax { file: file.to_owned(), what: syntax(&error) };
        let mut reader = ReaderBuilder::new().trim(Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
        let header = reader.headers().map_err(syntax)?.clone();
        if header.len() == 1
            && let Some(separator) = foreign_separator(&header[0])
        {
            return Err(TableError::NotCommas { file: file.to_owned(), header: header[0].to_owned(), separator });
        }
        let names: Vec<String> = header.iter().map(canonical).collect();
        if let Some(twice) =
            (1..names.len()).find(|index| !names[*index].is_empty() && names[..*index].contains(&names[*index]))
        {
            let what = format!("column `{}` is twice in the header", &header[twice]);
            return Err(TableError::Syntax { file: file.to_owned(), what });
        }
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
    pub(crate) fn column(&self, names: &[&str]) -> Result<usize, TableError> {
        self.optional_column(names).ok_or_else(|| TableError::NoColumn {
            file: self.file.clone(),
            column: names.join("` or `"),
            found: self.header.iter().collect::<Vec<_>>().join(", "),
        })
    }

    /// Positions of the score columns in the order of [`Benchmark::ALL`], `None` for one that is missing.
    #[must_use]
    pub(crate) fn score_columns(&self) -> [Option<usize>; 5] {
        Benchmark::ALL.map(|benchmark| self.optional_column(&[benchmark.name()]))
    }

    /// As [`Table::column`], where the column may be missing.
    #[must_use]
    pub(crate) fn optional_column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| canonical(column) == canonical(name)))
    }

    /// The rows in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|index| Row { table: self, index })
    }
}

/// A name of a column as it is compared.
fn canonical(name: &str) -> String {
    name.replace(' ', "_").to_ascii_lowercase()
}

/// What separates the names of a header that commas do not.
fn foreign_separator(header: &str) -> Option<&'static str> {
    [(';', "semicolons"), ('\t', "tabulators"), ('|', "bars")]
        .into_iter()
        .find_map(|(sign, name)| header.contains(sign).then_some(name))
}

/// What the CSV reader says, shortened to what helps.
fn syntax(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!(
                "line {line} has {len} cells where the header has {expected_len} (a comma inside a cell needs quotes)"
            )
        }
        _ => error.to_string(),
    }
}

impl<'a> Row<'a> {
    /// The cell's text without surrounding space.
    #[must_use]
    pub(crate) fn text(self, column: usize) -> &'a str {
        self.table.rows[self.index].get(column).unwrap_or("")
    }

    /// A complaint about a cell of this row.
    #[must_use]
    pub(crate) fn error(self, column: usize, what: impl Into<String>) -> TableError {
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
    pub(crate) fn required(self, column: usize) -> Result<&'a str, TableError> {
        match self.text(column) {
            "" => Err(self.error(column, "empty")),
            text => Ok(text),
        }
    }

    /// An ISO date not after `today`.
    ///
    /// # Errors
    /// Not a date, or one in the future.
    pub(crate) fn past_date(self, column: usize, today: Date) -> Result<Date, TableError> {
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
    pub(crate) fn positive(self, column: usize) -> Result<f64, TableError> {
        let text = self.required(column)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
            _ => Err(self.error(column, format!("`{text}` is not a finite number above 0"))),
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn number(self, column: usize) -> Result<f64, TableError> {
        let text = self.required(column)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.error(column, format!("`{text}` is not a finite number"))),
        }
    }

    /// A finite number above 0, or `None` for an empty cell.
    ///
    /// # Errors
    /// A cell that holds anything else.
    pub(crate) fn optional_positive(self, column: usize) -> Result<Option<f64>, TableError> {
        if self.text(column).is_empty() { Ok(None) } else { self.positive(column).map(Some) }
    }

    /// A score in percent, 0 to 100, or `None` for an empty cell.
    ///
    /// # Errors
    /// A cell that holds anything else.
    pub(crate) fn percent(self, column: usize) -> Result<Option<f64>, TableError> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        match self.number(column)? {
            number if (0.0..=100.0).contains(&number) => Ok(Some(number)),
            number => Err(self.error(column, format!("{number} is outside 0 to 100 percent"))),
        }
    }

    /// The five scores of a row in percent, each empty or 0 to 100. `columns` stand in the order of [`Benchmark::ALL`];
    /// a missing column counts as empty cells.
    ///
    /// # Errors
    /// A cell that holds anything else, or a row of fractions; the error names the column.
    pub(crate) fn scores(self, columns: &[Option<usize>; 5]) -> Result<Scores, TableError> {
        let mut found = [None; 5];
        for (score, column) in found.iter_mut().zip(columns) {
            if let Some(column) = column.filter(|column| !self.text(*column).is_empty()) {
                *score = Some(self.number(column)?);
            }
        }
        Scores::from_percent(found)
            .map_err(|error| self.error(columns[error.benchmark() as usize].unwrap_or_default(), error.to_string()))
    }

    /// A source: how the row came to be known.
    ///
    /// # Errors
    /// The cell is empty.
    pub(crate) fn source(self, column: usize) -> Result<&'a str, TableError> {
        let text = self.text(column);
        if text.is_empty() { Err(self.error(column, "no source; say where the row was read")) } else { Ok(text) }
    }
}
