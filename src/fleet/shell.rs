//! Words for a POSIX shell.

/// A word that any POSIX shell takes as it stands.
#[must_use]
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
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
}
