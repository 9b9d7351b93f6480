//! The form of an answer: lists, sections, highlights, placeholders, titles, JSON.

use std::sync::LazyLock;

use regex::Regex;
use serde::de::IgnoredAny;

use crate::eval::pattern;

/// The answers of which one must occur.
const CHOICES: [&str; 3] = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

/// What may open a block of code with JSON.
const FENCES: [&str; 4] = ["```json", "```Json", "```JSON", "```"];

/// Whether there are so many texts in square brackets.
pub(super) fn has_placeholders(asked: usize, text: &str) -> bool {
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"\[.*?\]"));
    PLACEHOLDER.find_iter(text).count() >= asked
}

/// Whether exactly so many lines begin with a star (and not two) or a hyphen.
pub(super) fn has_bullets(asked: usize, text: &str) -> bool {
    static STARS: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"(?m)^\s*\*[^*].*$"));
    static HYPHENS: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"(?m)^\s*-.*$"));
    STARS.find_iter(text).count() + HYPHENS.find_iter(text).count() == asked
}

/// Whether one of three sentences occurs.
pub(super) fn is_constrained(text: &str) -> bool {
    CHOICES.iter().any(|choice| text.contains(choice))
}

/// Whether there are so many passages between stars. A passage between two pairs of stars may count twice, as it does in
/// the published program.
pub(super) fn has_highlights(asked: usize, text: &str) -> bool {
    static SINGLE: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"\*[^\n*]*\*"));
    static DOUBLE: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"\*\*[^\n*]*\*\*"));
    let filled = |expression: &Regex| {
        expression.find_iter(text).filter(|found| !found.as_str().trim_matches('*').trim().is_empty()).count()
    };
    filled(&SINGLE) + filled(&DOUBLE) >= asked
}

/// Whether so many sections begin, each with the mark and a number.
pub(super) fn has_sections(mark: &Regex, asked: usize, text: &str) -> bool {
    mark.find_iter(text).count() >= asked
}

/// Whether there is a title between double angular brackets.
pub(super) fn has_title(text: &str) -> bool {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"<<[^\n]+>>"));
    TITLE.find_iter(text).any(|title| !title.as_str().trim_start_matches('<').trim_end_matches('>').trim().is_empty())
}

/// Whether the whole is JSON, a block of code around it apart.
pub(super) fn is_json(text: &str) -> bool {
    let mut inner = text.trim();
    for fence in FENCES {
        inner = inner.strip_prefix(fence).unwrap_or(inner);
    }
    let inner = inner.strip_suffix("```").unwrap_or(inner).trim();
    serde_json::from_str::<IgnoredAny>(inner).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_do_not_span_lines() {
        assert!(has_placeholders(2, "[name] of [street]"));
        assert!(!has_placeholders(2, "[name] of [street\n]"));
    }

    #[test]
    fn bullets_are_counted_exactly() {
        assert!(has_bullets(3, "* one\n  * two\n- three"));
        assert!(!has_bullets(2, "* one\n  * two\n- three"));
        assert!(has_bullets(0, "** bold **\nno bullet"));
    }

    #[test]
    fn one_of_three_sentences_is_enough() {
        assert!(is_constrained("Well. My answer is maybe. I think"));
        assert!(!is_constrained("my answer is yes."));
    }

    #[test]
    fn a_passage_between_two_pairs_counts_twice_over() {
        assert!(has_highlights(2, "*one* and *two*") && !has_highlights(3, "*one* and *two*"));
        assert!(has_highlights(1, "**bold**") && !has_highlights(2, "**bold**"), "the first pair holds nothing");
        assert!(!has_highlights(1, "** ** and * *"));
        assert!(!has_highlights(1, "*over\nlines*"));
    }

    #[test]
    fn sections_are_marked_by_a_word_and_a_number() {
        let mark = pattern::own(r"\s?SECTION\s?\d+\s?");
        assert!(has_sections(&mark, 2, "SECTION 1\na\nSECTION 2\nb"));
        assert!(!has_sections(&mark, 2, "SECTION 1\na\nSection 2\nSECTION two"));
    }

    #[test]
    fn a_title_is_not_empty() {
        assert!(has_title("<<Poem of joy>>\ntext") && !has_title("<< >>") && !has_title("<Poem>"));
    }

    #[test]
    fn json_may_stand_in_a_block_of_code() {
        assert!(is_json("```json\n{\"a\": [1, 2]}\n```") && is_json(" 3 "));
        assert!(!is_json("Here: {\"a\": 1}") && !is_json("{\"a\": 1,}") && !is_json(""));
    }
}
