//! Words of others: whatever a report holds, they end on a page as short, visible text.

/// Longest run of characters that a page shows of one text.
pub const LONGEST: usize = 600;

pub use crate::sanitize::line as cut;

/// The text at the length that pages show.
#[must_use]
pub fn plain(text: &str) -> String {
    cut(text, LONGEST)
}

/// A piece of prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Plain(&'a str),
    /// What stood between backticks.
    Code(&'a str),
}

/// Words with what stands between backticks told apart. Where the backticks make no pairs, or two of them touch, they are
/// signs like others.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts: Vec<&str> = text.split('`').collect();
    let touching = parts.get(1..parts.len() - 1).is_some_and(|inner| inner.iter().any(|part| part.is_empty()));
    if parts.len().is_multiple_of(2) || touching {
        return vec![Piece::Plain(text)];
    }
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { Piece::Code(part) } else { Piece::Plain(part) })
        .collect()
}
