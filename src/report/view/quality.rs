//! Scores and losses.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Section, Table, words};
use crate::report::figures;

pub(super) fn section(source: Source<'_>) -> Section {
    let mut section = Section::new("quality", "Quality");
    if source.at("/eval").is_none() {
        let why = source.words("/reasons/eval").unwrap_or_else(|| "not evaluated".to_owned());
        section.text.push(format!("Not measured: {why}."));
        return section;
    }
    section.figures = figures::quality::all(source);
    let mut table = Table::new(
        "quality",
        "Scores and losses by task (95 % intervals)",
        vec![
            Column::words("task"),
            Column::numbers("shots"),
            Column::numbers("items"),
            Column::numbers("score"),
            Column::words("against chance"),
            Column::numbers("loss, nats/token"),
            Column::numbers("bits/byte"),
        ],
    );
    for (at, task) in source.list("/eval/tasks") {
        let of = |key: &str, unit: Unit| source.cell(&format!("{at}/{key}"), unit);
        let name = source.words(&format!("{at}/task")).unwrap_or_default();
        let standing = match (task["score"].is_null(), task["at_chance"].as_bool()) {
            (false, Some(true)) => Cell::words("at chance"),
            (false, Some(false)) => Cell::words("above"),
            _ => Cell::absent(),
        };
        table.push(vec![
            Cell::words(&name),
            of("shots", Unit::Count),
            of("n", Unit::Count),
            of("score", Unit::Percent),
            standing,
            of("conditional_loss", Unit::NatsPerToken),
            of("bits_per_byte", Unit::BitsPerByte),
        ]);
        for key in ["score_reason", "loss_reason"] {
            if let Some(why) = source.words(&format!("{at}/{key}")) {
                section.remarks.push(format!("{name}: {why}"));
            }
        }
    }
    section.tables.push(table.without_empty_columns());
    for key in ["quick", "reason"] {
        section.remarks.extend(source.words(&format!("/eval/{key}")).map(|text| words::plain(&text)));
    }
    section
}
