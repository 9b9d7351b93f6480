//! Words of others: whatever a report holds, they end on a page as short, visible text.

/// Longest run of characters that a page shows of one text.
pub const LONGEST: usize = 600;

/// The text without what could hide or reorder it (control, bidirectional and zero-width characters become `\u{fffd}`,
/// white space a blank), cut at `longest` characters.
#[must_use]
pub fn cut(text: &str, longest: usize) -> String {
    // Nearly every text is short and plain.
    if text.len() <= longest && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut found = String::new();
    for (shown, c) in text.chars().enumerate() {
        if shown == longest {
            found.push('…');
            break;
        }
        found.push(match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || hides(c) => '\u{fffd}',
            c => c,
        });
    }
    found
}

/// The text at the length that pages show.
#[must_use]
pub fn plain(text: &str) -> String {
    cut(text, LONGEST)
}

/// Characters that change the order of others or take no room.
const fn hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A piece of prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Plain(&'a str),
    /// What stood between backticks.
    Code(&'a str),
}

/// Words with what stands between backticks told apart. Where the backticks make no pairs, or two of them touch, they are
/// signs like others.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts: Vec<&str> = text.split('`').collect();
    let touching = parts.get(1..parts.len() - 1).is_some_and(|inner| inner.iter().any(|part| part.is_empty()));
    if parts.len().is_multiple_of(2) || touching {
        return vec![Piece::Plain(text)];
    }
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { Piece::Code(part) } else { Piece::Plain(part) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_left_and_nothing_is_long() {
        assert_eq!(plain("a\u{202e}b\u{0}c\nd\u{200b}"), "a\u{fffd}b\u{fffd}c d\u{fffd}");
        let long = "x".repeat(10 << 20);
        assert_eq!(plain(&long).chars().count(), LONGEST + 1);
        assert_eq!(plain("Raspberry Pi 5 – 8 GB · ü"), "Raspberry Pi 5 – 8 GB · ü");
    }
}
