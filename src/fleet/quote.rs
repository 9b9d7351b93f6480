//! Words for a POSIX shell, and text of a remote for a terminal.

/// A word that any POSIX shell takes as it stands.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Text of a remote without what a terminal would obey, and not more than `most` characters of it.
#[must_use]
pub fn printable(text: &str, most: usize) -> String {
    let mut shown: String =
        text.chars().take(most).map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown.trim().to_owned()
}

/// Marks that turn the direction of a line round, or are not seen at all.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gives_every_word_back() {
        for word in ["plain", "two words", "it's", "$(id)", "`id`", "a\\b", "*", "--x", "a;b|c&d", "\"q\"", "", "ü"] {
            let said =
                std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(word))).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        assert_eq!(printable("\u{1b}[2Jred\nline\u{202e}x", 40), "[2Jred line x");
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
