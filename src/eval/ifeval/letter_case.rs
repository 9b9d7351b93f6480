//! English text in capitals, or without any.

use super::language;
use super::relation::Relation;
use super::words;

/// Whether the whole is English in capital letters.
pub(super) fn is_english_capitals(text: &str) -> bool {
    words::is_upper(text) && language::may_be("en", text)
}

/// Whether the whole is English in small letters.
pub(super) fn is_english_lowercase(text: &str) -> bool {
    words::is_lower(text) && language::may_be("en", text)
}

/// Whether so many words are in capitals, `I` and `A` among them.
pub(super) fn has_capital_words(relation: Relation, asked: usize, text: &str) -> bool {
    relation.holds(words::tokens(text).iter().filter(|word| words::is_upper(word)).count(), asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_in_one_case() {
        assert!(is_english_capitals("THE CAT SLEEPS IN THE GARDEN WHEN THE SUN IS OUT."));
        assert!(!is_english_capitals("The cat sleeps in the garden when the sun is out."));
        assert!(!is_english_capitals("DIE KATZE SCHLÄFT IM GARTEN, WENN DIE SONNE SCHEINT."));
        assert!(is_english_lowercase("the cat sleeps in the garden when the sun is out."));
        assert!(!is_english_lowercase("The cat sleeps in the garden when the sun is out."));
        assert!(!is_english_lowercase("die katze schläft im garten, wenn die sonne scheint."));
    }

    #[test]
    fn words_in_capitals_are_counted_as_the_tokenizer_cuts_them() {
        let text = "I saw NASA's AT&T-RUN lab; DON'T tell COVID-19 to me.";
        // I, NASA, AT, T-RUN, DO, N'T, COVID-19
        assert!(has_capital_words(Relation::AtLeast, 7, text) && has_capital_words(Relation::LessThan, 8, text));
    }
}
