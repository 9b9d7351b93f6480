//! Capability levels: closed models that others are held against.

use jiff::civil::Date;

use crate::table::{Table, TableError};
use crate::unit::Scores;

/// A capability level: the scores of a model that others are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct CapabilityLevel {
    /// Name of the model.
    pub name: String,
    /// A short name to ask for it by, where it has one.
    pub short: Option<String>,
    /// Release date.
    pub date: Date,
    /// Scores in percent.
    pub scores: Scores,
    /// Where the scores were read.
    pub source: String,
    /// Remarks.
    pub notes: String,
}

/// Reads capability levels from CSV of the shape of `models/capabilities.csv`.
///
/// # Errors
/// A row that does not parse, is dated after `today`, gives fractions for percent, or has no source.
pub fn capability_levels(file: &str, text: &str, today: Date) -> Result<Vec<CapabilityLevel>, TableError> {
    let table = Table::parse(file, text)?;
    let [name, date, source] = ["name", "date", "sources"].map(|name| table.column(&[name]));
    let (name, date, source) = (name?, date?, source?);
    let [notes, short] = ["notes", "short"].map(|name| table.optional_column(&[name]));
    let scores = table.score_columns();
    table
        .rows()
        .map(|row| {
            Ok(CapabilityLevel {
                name: row.required(name)?.to_owned(),
                short: short.map(|column| row.text(column)).filter(|text| !text.is_empty()).map(str::to_owned),
                date: row.past_date(date, today)?,
                scores: row.scores(&scores)?,
                source: row.source(source)?.to_owned(),
                notes: notes.map_or("", |column| row.text(column)).to_owned(),
            })
        })
        .collect()
}
