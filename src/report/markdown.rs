//! Markdown: tables, and a whole report for a pull request.

use super::view::words::{self, Piece};
use super::view::{Section, Table, View};

/// The last line of a report's text, by which the program knows what it may replace.
pub const MARK: &str = "<!-- generator: densimeter -->";

/// The whole report; figures are linked below `figures`, the folder beside the text.
#[must_use]
pub fn report(view: &View) -> String {
    let head = &view.head;
    let date = head.date.as_deref().map_or_else(String::new, |date| format!(", {date}"));
    let about =
        [head.machine.join(" · "), head.model.clone().unwrap_or_default(), format!("Run {}{date}", head.run_id)];
    let about: Vec<String> = about.iter().filter(|line| !line.is_empty()).map(|line| escape(line)).collect();
    let mut text = format!("# {}\n\n{}\n\n", escape(&head.device), about.join("<br>"));
    text += &format!("**{}**: {}\n\n", head.validity, escape(&head.validity_note));
    if let Some(old) = &head.supersedes {
        text += &format!("This report {}\n\n", escape(old));
    }
    text += "| | value | |\n| --- | ---: | --- |\n";
    for headline in &head.headlines {
        text += &line([&headline.label, &headline.value.text, &headline.note].map(|cell| escape(cell)));
    }
    text += &format!("\n{}\n", escape(&head.crossover));
    if !head.verdicts.is_empty() {
        text += &format!("\n## Verdicts\n\n{}", list(&head.verdicts));
    }
    for section in &view.sections {
        text += &part(section);
    }
    text + "\n" + MARK + "\n"
}

fn part(section: &Section) -> String {
    let mut text = format!("\n## {}\n", section.heading);
    for line in &section.text {
        text += &format!("\n{}\n", escape(line));
    }
    for figure in &section.figures {
        text += &match &figure.chart {
            Ok(_) => format!("\n![{}](figures/{}.svg)\n", escape(&figure.title), figure.id),
            Err(why) => format!("\n{}: {}\n", escape(&figure.title), escape(why)),
        };
    }
    for found in &section.tables {
        text += &captioned(found);
    }
    if !section.remarks.is_empty() {
        text += &format!("\n{}", list(&section.remarks));
    }
    text
}

fn captioned(found: &Table) -> String {
    let columns = found.columns.iter().map(|column| (column.heading, column.numbers));
    let rows = found.rows.iter().map(|row| row.cells.iter().map(|cell| escape(&cell.text)).collect::<Vec<_>>());
    format!("\n**{}**\n\n{}", escape(found.caption), table(columns, rows))
}

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

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("- {}\n", escape(line))).collect()
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
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
