//! Markdown tables, and words that stay words in Markdown.

use super::view::words::{self, Piece};

/// A table: a heading and whether it holds numbers for every column, and rows of cells that are escaped already.
pub fn table<'a, R: IntoIterator<Item = String>>(
    columns: impl Iterator<Item = (&'a str, bool)>,
    rows: impl Iterator<Item = R>,
) -> String {
    let (headings, rules): (Vec<_>, Vec<_>) =
        columns.map(|(heading, numbers)| (heading.to_owned(), if numbers { "---:" } else { "---" }.to_owned())).unzip();
    let mut text = line(headings) + &line(rules);
    for row in rows {
        text += &line(row);
    }
    text
}

/// A row of a table, of cells that are escaped already.
pub(super) fn line(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |\n", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

/// Words that stay words: no markup but code between backticks, no HTML, no link, no further cell.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in words::pieces(text) {
        match piece {
            // Not every reader of Markdown leaves all of a span of code alone: only what a command is made of stays one.
            Piece::Code(code) if code.chars().all(|c| c.is_ascii_alphanumeric() || " -_./=:,+".contains(c)) => {
                out += &format!("`{code}`");
            }
            Piece::Code(code) => escape_plain(&format!("`{code}`"), &mut out),
            Piece::Plain(plain) => escape_plain(plain, &mut out),
        }
    }
    out
}

fn escape_plain(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_stay_words() {
        assert_eq!(escape("a|b <img src=x> [x](y) `c`\n# d"), "a\\|b &lt;img src=x&gt; \\[x\\](y) `c` \\# d");
        assert_eq!(escape("`a|<b>`"), "\\`a\\|&lt;b&gt;\\`");
        assert_eq!(escape("give `fleet_run -o DIR`"), "give `fleet_run -o DIR`");
        assert_eq!(escape("one ` <b>"), "one \\` &lt;b&gt;");
        // Two backticks would begin another kind of span, which ends elsewhere.
        assert_eq!(escape("``<b>``"), "\\`\\`&lt;b&gt;\\`\\`");
    }
}
