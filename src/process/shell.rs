//! Words for a POSIX shell.

/// A word that any POSIX shell takes as it stands.
#[must_use]
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The same, without quotes where it is plain: for commands that a person reads.
#[must_use]
pub(crate) fn bare(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "/._-+:".contains(c));
    if plain { word.to_owned() } else { quoted(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gives_every_word_back() {
        for word in ["plain", "two words", "it's", "$(id)", "`id`", "a\\b", "*", "--x", "a;b|c&d", "\"q\"", "", "ü"] {
            for written in [quoted(word), bare(word)] {
                let said =
                    std::process::Command::new("sh").arg("-c").arg(format!("printf %s {written}")).output().unwrap();
                assert_eq!(String::from_utf8(said.stdout).unwrap(), word);
            }
        }
    }
}
