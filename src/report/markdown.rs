//! Markdown: tables, and a whole report for a pull request.

use super::markdown_table::{escape, line, table};
use super::view::View;
use super::view::section::{Section, Table};

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

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("- {}\n", escape(line))).collect()
}
