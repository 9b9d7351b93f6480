//! Moore's law against the Densing Law: dates by class.

use super::number::{Cell, Source};
use super::unit::Unit;
use super::{Column, Row, Section, Table};
use crate::report::figures;

pub(super) fn section(source: Source<'_>) -> Section {
    let mut section = Section::new("crossover", "Moore × Densing: when a device meets a capability");
    let own = source.at("/device/today/gpt_4").is_some();
    let classes = source.list("/crossover").count();
    if classes == 0 {
        let why = source.words("/reasons/crossover").unwrap_or_else(|| "not computed".to_owned());
        section.text.push(format!("No dates of classes: {why}."));
    }
    if !own {
        section
            .remarks
            .extend(source.words("/reasons/device.today").map(|why| format!("no date of this device: {why}")));
    }
    section.remarks.extend(source.words("/device/today/basis").map(|basis| format!("this device: {basis}")));
    if classes == 0 && !own {
        return section;
    }
    section.figures = figures::crossover::all(source);
    let mut table = Table::new(
        "crossover",
        "Dates by class and capability (95 % intervals)",
        vec![
            Column::words("device"),
            Column::words("capability"),
            Column::words("status"),
            Column::numbers("memory and decode"),
            Column::numbers("with the first token in time"),
            Column::words("falls last"),
            Column::words("first release that did"),
            Column::numbers("runnable today"),
            Column::numbers("required today by the densest release"),
            Column::numbers("runnable / required"),
        ],
    );
    let rows = own.then(|| ("/device/today/gpt_4".to_owned(), "this device".to_owned())).into_iter().chain(
        source.list("/crossover").map(|(at, _)| {
            let class = source.words(&format!("{at}/class")).unwrap_or_default();
            (at, class)
        }),
    );
    for (at, name) in rows {
        let of = |key: &str, unit: Unit| source.cell(&format!("{at}/{key}"), unit);
        let words = |key: &str| source.words(&format!("{at}/{key}")).map_or_else(Cell::absent, Cell::words);
        let realised = match source.words(&format!("{at}/realised/model")) {
            Some(model) => {
                Cell::words(format!("{model} ({})", source.words(&format!("{at}/realised/date")).unwrap_or_default()))
            }
            None => Cell::words("none yet"),
        };
        let group = (name != "this device").then(|| name.clone());
        let cells = vec![
            Cell::words(&name),
            words("capability"),
            words("status"),
            of("date", Unit::Date),
            of("date_with_ttft", Unit::Date),
            words("binding"),
            realised,
            of("today/runnable_params", Unit::Params),
            of("today/required_params", Unit::Params),
            of("today/headroom", Unit::Plain),
        ];
        table.rows.push(Row { cells, group });
    }
    section.tables.push(table);
    if source.at("/device/today/recommendation").is_some() {
        section.tables.push(recommendation(source));
    }
    section
}

/// What to run on this device now.
fn recommendation(source: Source<'_>) -> Table {
    let mut table = Table::new(
        "recommendation",
        "The listed release with most capability that fits this device",
        vec![
            Column::words("model"),
            Column::words("format"),
            Column::numbers("parameters"),
            Column::numbers("effective parameters"),
            Column::numbers("expected speed"),
            Column::numbers("expected first token"),
            Column::numbers("memory"),
            Column::numbers("half its size does the same by"),
        ],
    );
    let at = |key: &str| format!("/device/today/recommendation/{key}");
    let words = |key: &str| source.words(&at(key)).map_or_else(Cell::absent, Cell::words);
    table.push(vec![
        words("model"),
        words("format"),
        source.cell(&at("total_params"), Unit::Params),
        source.cell(&at("effective_params"), Unit::Params),
        source.cell(&at("tokens_per_second"), Unit::TokensPerSecond),
        source.cell(&at("first_token_seconds"), Unit::Seconds),
        source.cell(&at("memory_bytes"), Unit::Bytes),
        source.cell(&at("best_value_until"), Unit::Date),
    ]);
    table
}
