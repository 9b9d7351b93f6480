//! Tokens of the sentence splitter: words with their periods, and signs.

/// What every number counts as.
pub(super) const NUMBER: &str = "##number##";

/// Signs that cannot stand within a word.
pub(super) const OUTSIDE_WORDS: &str = ")\";}]*:@'({[?!";

/// Signs that cannot open a word.
const NO_WORD_START: &str = "(\"`{[:;&#*@)}]-,";

/// A word or sign, its final period included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As it stands.
    pub(super) text: String,
    /// In small letters; every number alike.
    pub(super) kind: String,
}

impl Token {
    fn new(text: String) -> Self {
        let kind = if is_number(&text) { NUMBER.to_owned() } else { text.to_lowercase() };
        Self { text, kind }
    }

    /// The kind without its final period.
    pub(super) fn kind_without_period(&self) -> &str {
        if self.kind.len() > 1 { self.kind.strip_suffix('.').unwrap_or(&self.kind) } else { &self.kind }
    }

    /// Whether it is one letter with a period.
    pub(super) fn is_initial(&self) -> bool {
        let mut signs = self.text.chars();
        let letter = signs.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        letter && signs.next() == Some('.') && signs.next().is_none()
    }

    /// Whether it consists of two or more periods.
    pub(super) fn is_ellipsis(&self) -> bool {
        self.text.len() > 1 && self.text.bytes().all(|b| b == b'.')
    }

    /// Whether it begins with a capital letter.
    pub(super) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it begins with a small letter.
    pub(super) fn is_small(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_lowercase)
    }
}

/// A sign perhaps, a point or comma perhaps, a digit, then digits, commas, points and hyphens.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = text.strip_prefix(['.', ',']).unwrap_or(text);
    let mut signs = text.chars();
    signs.next().is_some_and(char::is_numeric) && signs.all(|c| c.is_numeric() || matches!(c, ',' | '.' | '-'))
}

/// How many signs from here are one token of hyphens or periods, or of periods with white space between them; 0 for none.
fn run(signs: &[char]) -> usize {
    let Some(&first @ ('-' | '.')) = signs.first() else { return 0 };
    let same = signs.iter().take_while(|c| **c == first).count();
    if same > 1 {
        return same;
    }
    let spaced = signs.chunks_exact(2).take_while(|pair| pair[0] == '.' && pair[1].is_whitespace()).count();
    if spaced >= 2 && signs.get(2 * spaced) == Some(&'.') {
        return 2 * spaced + 1;
    }
    // The last of the spaced periods may be the end of the run itself.
    if spaced > 2 { 2 * spaced - 1 } else { 0 }
}

/// Whether a word ends before this place.
fn ends_word(rest: &[char]) -> bool {
    let stops =
        |rest: &[char]| rest.first().is_none_or(|c| c.is_whitespace() || OUTSIDE_WORDS.contains(*c)) || run(rest) > 0;
    stops(rest) || (rest[0] == ',' && stops(&rest[1..]))
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let signs: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        if signs[at].is_whitespace() {
            at += 1;
            continue;
        }
        let length = match run(&signs[at..]) {
            0 if NO_WORD_START.contains(signs[at]) => 1,
            0 => (1..).find(|length| ends_word(&signs[at + length..])).unwrap_or(1),
            run => run,
        };
        found.push(Token::new(signs[at..at + length].iter().collect()));
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_keep_their_periods() {
        assert_eq!(texts("(etc.) The U.S., yes."), ["(", "etc.", ")", "The", "U.S.", ",", "yes."]);
        assert_eq!(texts("wait... a--b . . . c"), ["wait", "...", "a", "--", "b", ". . .", "c"]);
        assert_eq!(texts("3,000 a,b \"x\""), ["3,000", "a,b", "\"", "x", "\""]);
    }

    #[test]
    fn numbers_are_alike() {
        for number in ["1.", "-.5", "3,000.25", "2020-21"] {
            assert_eq!(Token::new(number.to_owned()).kind, NUMBER, "{number}");
        }
        assert_eq!(Token::new("1st.".to_owned()).kind_without_period(), "1st");
        assert!(Token::new("B.".to_owned()).is_initial() && !Token::new("Bo.".to_owned()).is_initial());
    }
}
