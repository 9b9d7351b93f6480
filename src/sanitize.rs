//! Text of others (a report, a remote, a model's file, a program's complaints) without what a terminal or a page would obey.

/// Whether a character takes no room, turns the direction of others round, or changes how they look.
#[must_use]
pub(crate) const fn hides(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character does something instead of showing something. A tab and the end of a line are no such thing.
#[must_use]
pub(crate) fn steers(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !matches!(c, '\n' | '\t');
    }
    c.is_control() || hides(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The text with U+FFFD for what steers; lines stay lines.
#[must_use]
pub(crate) fn text(text: &str) -> String {
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// One line of at most `most` characters: white space is a blank, what steers is U+FFFD, and … stands for the rest.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    // Nearly every text is short and plain.
    if text.len() <= most && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    cut(text, most, char::REPLACEMENT_CHARACTER)
}

/// The same for a terminal, where what steers leaves a blank.
#[must_use]
pub(crate) fn printable(text: &str, most: usize) -> String {
    cut(text, most, ' ').trim().to_owned()
}

fn cut(text: &str, most: usize, instead: char) -> String {
    let shown = text.chars().take(most).map(|c| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if steers(c) => instead,
        c => c,
    });
    let rest = text.chars().nth(most).map(|_| '…');
    shown.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_marks_of_direction_steer_and_letters_do_not() {
        let c0_and_c1 = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').filter(|c| !matches!(c, '\n' | '\t'));
        let bidi = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain(['\u{200e}', '\u{200f}', '\u{61c}']);
        let unseen = ['\u{ad}', '\u{180e}', '\u{200b}', '\u{2060}', '\u{fe0f}', '\u{feff}', '\u{fff9}', '\u{e0041}'];
        for c in c0_and_c1.chain(bidi).chain(unseen).chain(['\u{2028}', '\u{2029}']) {
            assert!(steers(c), "{c:?}");
            assert!(!line(&format!("a{c}b"), 9).contains(c) && !printable(&format!("a{c}b"), 9).contains(c), "{c:?}");
        }
        let plain = "Raspberry Pi 5 – 8 GB · ü ß ∑ 漢字 עברית العربية 🙂\n\t"; // forbid: allow (an emoji that must pass)
        assert!(!plain.chars().any(steers));
        assert_eq!(text(plain), plain);
    }

    #[test]
    fn nothing_hidden_is_left_and_nothing_is_long() {
        assert_eq!(line("a\u{202e}b\u{0}c\nd\u{200b}", 600), "a\u{fffd}b\u{fffd}c d\u{fffd}");
        assert_eq!(line(&"x".repeat(10 << 20), 600).chars().count(), 601);
        assert_eq!(text("a\u{1b}[2J\nb"), "a\u{fffd}[2J\nb");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        assert_eq!(printable("\u{1b}[2Jred\nline\u{202e}x", 40), "[2Jred line x");
        assert_eq!(printable("\u{9b}31mred\u{85}", 40), "31mred");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}
