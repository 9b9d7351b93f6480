//! Words and letters that an answer must have, or must not have.

use regex::Regex;

use super::relation::Relation;

/// Whether every word occurs, in any case and as a part of longer words too.
pub(super) fn all_occur(words: &[Regex], text: &str) -> bool {
    words.iter().all(|word| word.is_match(text))
}

/// Whether no word occurs (the expressions ask for whole words).
pub(super) fn none_occurs(words: &[Regex], text: &str) -> bool {
    !words.iter().any(|word| word.is_match(text))
}

/// Whether a word occurs so often.
pub(super) fn occurs(word: &Regex, relation: Relation, asked: usize, text: &str) -> bool {
    relation.holds(word.find_iter(text).count(), asked)
}

/// Whether a letter occurs so often, in any case.
pub(super) fn letter_occurs(letter: char, relation: Relation, asked: usize, text: &str) -> bool {
    let count = text.chars().flat_map(char::to_lowercase).filter(|c| *c == letter).count();
    relation.holds(count, asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::pattern;

    #[test]
    fn words_are_found_in_any_case_and_within_words() {
        let words = ["ski", "snow"].map(|word| pattern::of_data(word).unwrap());
        assert!(all_occur(&words, "SKIING on sNOW"));
        assert!(!all_occur(&words, "skiing on ice"));
    }

    #[test]
    fn a_forbidden_word_is_a_whole_one() {
        let words = [pattern::of_data(r"\bice\b").unwrap()];
        assert!(none_occurs(&words, "nice and icy"));
        assert!(!none_occurs(&words, "nice Ice."));
    }

    #[test]
    fn occurrences_are_counted() {
        let word = pattern::of_data("fox").unwrap();
        assert!(occurs(&word, Relation::AtLeast, 2, "Fox and foxes"));
        assert!(!occurs(&word, Relation::LessThan, 2, "Fox and foxes"));
        assert!(occurs(&word, Relation::LessThan, 3, "Fox and foxes"));
        assert!(
            letter_occurs('o', Relation::AtLeast, 3, "Oh no, Bob? nO")
                && letter_occurs('q', Relation::LessThan, 1, "a")
        );
        assert!(!letter_occurs('o', Relation::LessThan, 4, "Oh no, Bob? nO"));
    }
}
