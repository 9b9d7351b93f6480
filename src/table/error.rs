//! What can be wrong with a table.

/// Rows beyond this are refused: no table of released models is that long, and some fits search.
pub(crate) const MOST_ROWS: usize = 20_000;

/// Most bytes of a table that are read.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// What is wrong with a table. Rows count from 1 below the header; `line` is the line in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file has no header or no row below it.
    #[error("{file}: no rows; expected a header and at least one row")]
    Empty {
        /// The file.
        file: String,
    },
    /// More rows than [`MOST_ROWS`], or more bytes than [`MOST_BYTES`].
    #[error("{file}: more than {MOST_ROWS} rows or {MOST_BYTES} bytes; no table of models or devices is that long")]
    TooLong {
        /// The file.
        file: String,
    },
    /// Cells are separated by something else than commas.
    #[error("{file}: the header has one column, `{header}`: separate the cells by commas, not by {separator}")]
    NotCommas {
        /// The file.
        file: String,
        /// The header as read.
        header: String,
        /// What separates instead.
        separator: &'static str,
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
