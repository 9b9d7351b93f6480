//! Words of a text: as they are counted, and as they are looked at one by one.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::eval::pattern;

/// Signs that are tokens of their own.
const SIGNS: &str = "«“‘„»”’`\";@#$%&?!*[](){}<>\u{2012}\u{2013}\u{2014}\u{2015}";

/// Number of words: runs of letters, numerals and underscores, as `\w+` finds them in Python (marks of scripts such as
/// Devanagari are none of these there).
#[must_use]
pub fn count(text: &str) -> usize {
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"[\p{L}\p{N}_]+"));
    WORD.find_iter(text).count()
}

/// Whether there are letters with case, and all are capitals.
#[must_use]
pub fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// Whether there are letters with case, and all are small.
#[must_use]
pub fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)
}

/// The tokens of the Penn Treebank's conventions, as NLTK's `word_tokenize` cuts them: signs and clitics (`'s`, `n't`)
/// stand alone, hyphenated words are one. What that function does with periods and opening quotes is left out, which
/// changes neither how many tokens hold letters nor their case.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    static POINTS: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"\.{2,}|-{2,}|''|[:,]+(?:\D|$)"));
    static JOINED: LazyLock<Regex> = LazyLock::new(|| {
        pattern::own(r"(?i)\b(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n)|(wan)(na))\b")
    });
    static TWAS: LazyLock<Regex> = LazyLock::new(|| pattern::own(r"(?i) ('t)(is|was)\b"));
    let apart = |found: &Captures<'_>| {
        let parts: Vec<&str> = found.iter().skip(1).flatten().map(|part| part.as_str()).collect();
        format!(" {} ", parts.join(" "))
    };
    let mut spaced = String::with_capacity(text.len() + text.len() / 4);
    for sign in text.chars() {
        if SIGNS.contains(sign) {
            spaced.extend([' ', sign, ' ']);
        } else {
            spaced.push(sign);
        }
    }
    // What follows a comma is no part of it.
    let spaced = POINTS.replace_all(&spaced, |found: &Captures<'_>| {
        let found = &found[0];
        let signs = found.trim_end_matches(|c: char| !matches!(c, ':' | ',' | '.' | '-' | '\''));
        format!(" {signs} {}", &found[signs.len()..])
    });
    let split: Vec<String> = spaced.split_whitespace().flat_map(without_clitic).collect();
    let joined = format!(" {} ", split.join(" "));
    let joined = JOINED.replace_all(&joined, apart);
    TWAS.replace_all(&joined, apart).split_whitespace().map(str::to_owned).collect()
}

/// A word and the clitic at its end, if it has one.
fn without_clitic(word: &str) -> Vec<String> {
    const SHORT: [&str; 6] = ["'s", "'S", "'m", "'M", "'d", "'D"];
    const LONG: [&str; 8] = ["'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T"];
    for clitic in SHORT.iter().chain(&LONG) {
        if let Some(head) = word.strip_suffix(clitic)
            && !head.is_empty()
            && !head.ends_with('\'')
        {
            return vec![head.to_owned(), (*clitic).to_owned()];
        }
    }
    vec![word.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_numerals() {
        assert_eq!(count("It's 3.5 well-known_things"), 6);
        assert_eq!(count("हिन्दी"), 3, "vowel signs cut words, as in Python");
        assert_eq!(count(" -- "), 0);
    }

    #[test]
    fn signs_and_clitics_stand_alone() {
        let cut = tokens("She said: \"DON'T!\" (we'll see), 3,000 AT&T...ok cannot");
        let expected = "She said : \" DO N'T ! \" ( we 'll see ) , 3,000 AT & T ... ok can not";
        assert_eq!(cut.join(" "), expected);
    }

    #[test]
    fn case_is_that_of_all_letters() {
        assert!(is_upper("COVID-19") && !is_upper("19") && !is_upper("NASAs") && is_lower("a 1") && !is_lower("1"));
    }
}
