//! Scores and losses.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::report::figures;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("quality", "Quality");
    let Some(eval) = &report.eval else {
        let why = report.reasons.get("eval").map_or("not evaluated", String::as_str);
        section.text.push(format!("Not measured: {}.", words::plain(why)));
        return section;
    };
    section.figures = figures::quality::all(eval);
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
    for (at, task) in eval.tasks.iter().enumerate() {
        let at = |key: &str| format!("/eval/tasks/{at}/{key}");
        let standing = match (&task.score, task.at_chance) {
            (Some(_), true) => Cell::words("at chance"),
            (Some(_), false) => Cell::words("above"),
            (None, _) => Cell::absent(),
        };
        table.push(vec![
            Cell::words(&task.task),
            Cell::of(at("shots"), &task.shots, Unit::Count),
            Cell::of(at("n"), &task.n, Unit::Count),
            Cell::of(at("score"), &task.score, Unit::Percent),
            standing,
            Cell::of(at("conditional_loss"), &task.conditional_loss, Unit::NatsPerToken),
            Cell::of(at("bits_per_byte"), &task.bits_per_byte, Unit::BitsPerByte),
        ]);
        let reasons = [&task.score_reason, &task.loss_reason].into_iter().flatten();
        section.remarks.extend(reasons.map(|why| format!("{}: {}", words::plain(&task.task), words::plain(why))));
    }
    section.tables.push(table.without_empty_columns());
    section.remarks.extend([&eval.quick, &eval.reason].into_iter().flatten().map(|text| words::plain(text)));
    section
}
