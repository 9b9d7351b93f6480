//! Numbers in texts: the answer to a sum.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// What a worked solution writes before its answer.
const MARK: &str = "####";

/// Two numbers are the same when they differ by no more than this share of the larger one.
const SHARE: f64 = 1e-9;

/// The number that a text answers with: the first one after its last `####`, else its last one.
#[must_use]
pub fn stated(text: &str) -> Option<&str> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| pattern::own(r"-?\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"));
    match text.rsplit_once(MARK) {
        Some((_, after)) => NUMBER.find(after).map(|found| found.as_str()),
        None => NUMBER.find_iter(text).last().map(|found| found.as_str()),
    }
}

/// The value of a number with its commas and its sign of dollars; `None` for what is no finite number.
#[must_use]
pub fn value(text: &str) -> Option<f64> {
    let bare: String = text.chars().filter(|c| !matches!(c, ',' | '$' | ' ')).collect();
    bare.trim_end_matches('.').parse().ok().filter(|value: &f64| value.is_finite())
}

/// Whether two texts are the same number.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    match (value(one), value(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= SHARE * one.abs().max(other.abs()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_answers_where_no_mark_does() {
        assert_eq!(stated("2 + 3 = 5.\n#### 5"), Some("5"));
        assert_eq!(stated("She has $1,250.50 left."), Some("$1,250.50"));
        assert_eq!(stated("#### 7\nCheck: 3 + 4"), Some("7"));
        assert_eq!(stated("from 3 to -4."), Some("-4"));
        assert_eq!((stated("none"), stated("12\n#### none")), (None, None));
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(same("1,250", "$1250.00") && same("-.5", "-0.5") && same("0", "-0") && same("18.", "18"));
        assert!(!same("1", "1.001") && !same("a", "a") && !same("1e999", "1e999"));
    }
}
