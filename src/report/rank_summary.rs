//! A ranking of files as a page: Markdown.

use super::markdown_table::{escape, table};
use crate::audit::rank::record::RankRecord;
use crate::audit::rank::text::{HEADINGS, answer, cells};

/// Columns of words; the others hold numbers.
const WORDS: [&str; 3] = ["file", "verdict", "pareto"];

/// The answer, the table and where each file comes from.
#[must_use]
pub(crate) fn summary(records: &[RankRecord]) -> String {
    let mut markdown = "## Which of these files\n\n".to_owned();
    for line in answer(records) {
        markdown += &format!("{}\n\n", escape(&line));
    }
    let columns = HEADINGS.iter().map(|heading| (*heading, !WORDS.contains(heading)));
    markdown += &table(columns, records.iter().map(|record| cells(record).map(|cell| escape(&cell))));
    markdown.push('\n');
    for record in records {
        markdown += &format!("- {}: {}", escape(&record.file), escape(&record.text));
        if let (Some(provenance), None) = (&record.provenance, &record.same_as) {
            markdown += &format!("; {}", escape(&provenance.sentence()));
        }
        markdown += &format!("; SHA-256 {}\n", record.sha256);
    }
    markdown
}
