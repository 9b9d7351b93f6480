//! Parts of an answer that are counted: paragraphs and answers.

use std::sync::LazyLock;

use regex::Regex;

use crate::eval::pattern;

/// What stands between two answers.
const BETWEEN_ANSWERS: &str = "******";

/// Signs at which the first word of a paragraph ends.
const WORD_ENDS: [char; 6] = ['.', ',', '?', '!', '\'', '"'];

/// Whether there are exactly so many paragraphs with three stars between them. An empty one counts for nothing at either
/// end and spoils the answer in its midst.
pub(super) fn has_paragraphs(asked: usize, text: &str) -> bool {
    static DIVIDER: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"\s?\*\*\*\s?"));
    filled(DIVIDER.split(text).collect()).is_some_and(|parts| parts.len() == asked)
}

/// Whether there are exactly two answers with six stars between them, and not the same one twice.
pub(super) fn has_two_answers(text: &str) -> bool {
    let answers = filled(text.split(BETWEEN_ANSWERS).collect());
    answers.is_some_and(|answers| answers.len() == 2 && answers[0].trim() != answers[1].trim())
}

/// The parts that are not empty; `None` where an empty one stands between two others.
fn filled(parts: Vec<&str>) -> Option<Vec<&str>> {
    let last = parts.len() - 1;
    let inner_is_empty = |(at, part): (usize, &&str)| at != 0 && at != last && part.trim().is_empty();
    if parts.iter().enumerate().any(inner_is_empty) {
        return None;
    }
    Some(parts.into_iter().filter(|part| !part.trim().is_empty()).collect())
}

/// Whether there are exactly so many paragraphs with an empty line between them, of which the `nth` (from 1) begins with
/// the word. Empty ones are not counted but keep their place, as in the published program.
pub(super) fn nth_paragraph_begins(paragraphs: usize, nth: usize, word: &str, text: &str) -> bool {
    let parts: Vec<&str> = text.split("\n\n").collect();
    let count = parts.iter().filter(|part| !part.trim().is_empty()).count();
    if count != paragraphs || nth > count {
        return false;
    }
    let Some(first) = parts[nth - 1].split_whitespace().next() else { return false };
    let first = first.trim_start_matches('\'').trim_start_matches('"');
    let first = first.split(WORD_ENDS).next().unwrap_or_default();
    first.to_lowercase() == word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_paragraphs_count_for_nothing_at_the_ends_only() {
        assert!(has_paragraphs(2, "one\n***\ntwo"));
        assert!(has_paragraphs(2, "***\none\n***\ntwo\n***\n"));
        assert!(!has_paragraphs(2, "one\n***\n***\ntwo"));
        assert!(!has_paragraphs(1, "one\n***\ntwo"));
    }

    #[test]
    fn two_answers_differ() {
        assert!(has_two_answers("Yes.\n******\nNo."));
        assert!(!has_two_answers("Yes.\n******\nYes. "));
        assert!(!has_two_answers("Yes.") && !has_two_answers("a******b******c") && !has_two_answers("a************b"));
    }

    #[test]
    fn the_first_word_of_a_paragraph_loses_its_quotes() {
        let text = "One.\n\n\"Weekend's\" over.\n\nThree.";
        assert!(nth_paragraph_begins(3, 2, "weekend", text));
        assert!(!nth_paragraph_begins(3, 1, "weekend", text) && !nth_paragraph_begins(2, 2, "weekend", text));
        assert!(!nth_paragraph_begins(3, 4, "weekend", text));
        assert!(!nth_paragraph_begins(2, 2, "b", "a\n\n\n\nb"), "the empty one keeps its place");
    }
}
