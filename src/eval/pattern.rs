//! Regular expressions: those of the rules, and those that the data bring.

use regex::{Regex, RegexBuilder};

/// Most bytes that a compiled expression of the data may take.
const MOST_BYTES: usize = 1 << 20;

/// An expression of this program's own.
pub(crate) fn own(expression: &str) -> Regex {
    Regex::new(expression).unwrap_or_else(|error| unreachable!("{error}"))
}

/// An expression of the data, in which case does not matter.
pub(crate) fn of_data(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression).case_insensitive(true).size_limit(MOST_BYTES).build()
}
