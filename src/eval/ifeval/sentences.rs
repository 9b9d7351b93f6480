//! Sentences of English text, as NLTK's Punkt splitter cuts them.
//!
//! The algorithm is that of T. Kiss and J. Strunk, *Unsupervised Multilingual Sentence Boundary Detection*, Computational
//! Linguistics 32 (2006), §§3–4: a period ends a sentence unless its word is an abbreviation, an initial or a number before
//! a word in small letters; what follows an abbreviation decides whether a sentence ends there all the same. The model is
//! fixed (`sentence_model`), so nothing is learnt from the text.

use super::sentence_model::MODEL;
use super::sentence_token::{NUMBER, OUTSIDE_WORDS, Token, tokens};

/// Signs that may end a sentence.
const ENDS: [char; 3] = ['.', '?', '!'];

/// Closing signs that belong to the sentence before them.
const CLOSING: [char; 5] = ['"', '\'', ')', ']', '}'];

/// A place where a sentence may end.
struct Candidate {
    /// Byte after the sign.
    end: usize,
    /// Where the next sentence would begin.
    next: usize,
    /// Where the word before it begins.
    word: usize,
    /// Byte after what follows.
    context: usize,
}

/// The sentences, in order; white space between them is left out.
#[must_use]
pub fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for candidate in candidates(text) {
        if is_break(&text[candidate.word..candidate.context]) {
            pieces.push((from, candidate.end));
            from = candidate.next;
        }
    }
    pieces.push((from, text.trim_end().len().max(from)));
    realigned(text, &pieces)
}

/// The places where a sentence may end: a sign before white space and a further word, or before a sign that stands in no
/// word. Of several in one word the last one counts.
fn candidates(text: &str) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut last_space = None;
    for (at, sign) in text.char_indices() {
        if sign.is_whitespace() {
            last_space = Some(at + sign.len_utf8());
        }
        if !ENDS.contains(&sign) {
            continue;
        }
        let end = at + 1;
        let rest = &text[end..];
        let (next, context) = match rest.chars().next() {
            Some(c) if OUTSIDE_WORDS.contains(c) => (end, end + c.len_utf8()),
            Some(c) if c.is_whitespace() => {
                let next = text.len() - rest.trim_start().len();
                let word = text[next..].find(char::is_whitespace).unwrap_or(text.len() - next);
                if word == 0 {
                    continue;
                }
                (next, next + word)
            }
            _ => continue,
        };
        let word = last_space.unwrap_or(0);
        if found.last().is_some_and(|before| before.word == word) {
            found.pop();
        }
        found.push(Candidate { end, next, word, context });
    }
    found
}

/// Whether a word with its sign ends a sentence, seen with what follows it.
fn is_break(context: &str) -> bool {
    let tokens = tokens(context);
    tokens.windows(2).any(|pair| ends_sentence(&pair[0], &pair[1]))
}

fn ends_sentence(token: &Token, next: &Token) -> bool {
    if matches!(token.text.as_str(), "?" | "!") {
        return true;
    }
    if !token.text.ends_with('.') {
        return false;
    }
    let word = token.kind_without_period();
    let next_word = if may_end(next) { next.kind_without_period() } else { &next.kind };
    if MODEL.belong_together(word, next_word) {
        return false;
    }
    let capitalised = next.is_capitalised();
    let opens = capitalised && MODEL.is_never_a_name(next_word);
    // A word in small letters and a sign of punctuation open no sentence.
    let continues = next.is_small() || matches!(next.text.as_str(), ";" | ":" | "," | "." | "!" | "?");
    let initial = token.is_initial();
    let abbreviated = is_abbreviation(token) || token.is_ellipsis();
    if abbreviated && !initial {
        return opens || (capitalised && MODEL.is_opener(next_word));
    }
    if (initial || word == NUMBER) && continues {
        return false;
    }
    // What is known as a name only, or not at all, goes with the initial before it.
    if initial && capitalised && !MODEL.is_known_small(next_word) {
        return false;
    }
    !abbreviated
}

/// Whether the word is an abbreviation, as three periods with white space between them are.
fn is_abbreviation(token: &Token) -> bool {
    token.text == ". . ."
        || token.text.strip_suffix('.').is_some_and(|word| MODEL.is_abbreviation(&word.to_lowercase()))
}

/// Whether a token, by itself, ends a sentence.
fn may_end(token: &Token) -> bool {
    match token.text.as_str() {
        "." | "?" | "!" => true,
        text => text.ends_with('.') && !token.is_ellipsis() && !is_abbreviation(token),
    }
}

/// The pieces with closing signs given to the sentence before them.
fn realigned<'a>(text: &'a str, pieces: &[(usize, usize)]) -> Vec<&'a str> {
    let mut sentences = Vec::new();
    let mut moved = 0;
    for (at, &(from, to)) in pieces.iter().enumerate() {
        let from = (from + moved).min(to);
        moved = 0;
        let mut end = to;
        if let Some(&(next, next_to)) = pieces.get(at + 1) {
            let piece = &text[next..next_to];
            let signs = piece.len() - piece.trim_start_matches(CLOSING).len();
            let after = &piece[signs..];
            let space = after.len() - after.trim_start().len();
            if signs > 0 && (space > 0 || after.is_empty() || after.starts_with("--")) {
                end = next + signs;
                moved = signs + space;
            }
        }
        if from < end {
            sentences.push(&text[from..end]);
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_of_abbreviations_initials_and_numbers_end_no_sentence() {
        assert_eq!(
            split("Dr. Smith met J. Okafor at 5 p.m. on Jan. 3. They left."),
            ["Dr. Smith met J. Okafor at 5 p.m. on Jan. 3.", "They left."]
        );
        assert_eq!(split("It ends at 5 p.m. However, we stay."), ["It ends at 5 p.m.", "However, we stay."]);
        assert_eq!(split("Version 3. is out. 1. Foo bar"), ["Version 3. is out.", "1.", "Foo bar"]);
    }

    #[test]
    fn questions_and_cries_end_sentences_wherever_they_stand() {
        assert_eq!(split("What?! No way!!! he said. Fine"), ["What?!", "No way!!!", "he said.", "Fine"]);
        assert_eq!(split("Yahoo! is a name"), ["Yahoo!", "is a name"]);
    }

    #[test]
    fn closing_signs_stay_with_their_sentence() {
        assert_eq!(split("\"Go.\" (He went.) Then rain"), ["\"Go.\"", "(He went.)", "Then rain"]);
        assert_eq!(split("\"Go.\"\n\nThen"), ["\"Go.\"", "Then"]);
    }

    #[test]
    fn an_ellipsis_ends_a_sentence_only_before_an_opener() {
        assert_eq!(split("Well... maybe. Well... The end"), ["Well... maybe.", "Well...", "The end"]);
        assert_eq!(split("Well... Alice came"), ["Well... Alice came"]);
    }

    #[test]
    fn nothing_is_no_sentence() {
        assert!(split(" \n").is_empty() && split("").is_empty());
        assert_eq!(split(" no end "), [" no end"]);
    }
}
