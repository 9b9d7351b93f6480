//! Regular expressions: those of the rules, and those that the data bring.

use regex::{Regex, RegexBuilder};

/// Most bytes that a compiled expression of the data may take.
const MOST_BYTES: usize = 1 << 20;

/// An expression of this program's own.
pub(crate) fn own(expression: &str) -> Regex {
    Regex::new(expression).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Why an expression is none, in one line: the library draws a picture of several, with the reason in the last.
pub(crate) fn fault(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("no regular expression: {}", last.strip_prefix("error: ").unwrap_or(last))
}

/// An expression of the data, in which case does not matter.
pub(crate) fn of_data(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression).case_insensitive(true).size_limit(MOST_BYTES).build()
}
