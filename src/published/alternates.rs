//! Scores of single releases under another protocol or evaluator.

use crate::table::{Table, TableError};
use crate::unit::Scores;

/// What is known of a release's protocol where its density differs from the figure's.
#[derive(Debug, Clone, PartialEq)]
pub struct AlternateProtocol {
    /// The release.
    pub release: String,
    /// Scores in percent under the other protocol; a gap means the shipped score stands.
    pub scores: Scores,
    /// What differs.
    pub explanation: String,
}

/// Reads alternates.
///
/// # Errors
/// A row that does not parse or has no source.
pub fn alternate_protocols(file: &str, text: &str) -> Result<Vec<AlternateProtocol>, TableError> {
    let table = Table::parse(file, text)?;
    let [model, explanation, source] = ["model", "explanation", "source"].map(|name| table.column(&[name]));
    let (model, explanation, source) = (model?, explanation?, source?);
    let scores = table.score_columns();
    table
        .rows()
        .map(|row| {
            row.source(source)?;
            Ok(AlternateProtocol {
                release: row.required(model)?.to_owned(),
                scores: row.scores(&scores)?,
                explanation: row.required(explanation)?.to_owned(),
            })
        })
        .collect()
}
