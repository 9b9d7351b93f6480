//! When a device meets a capability: probabilities and dates by class.

use super::crossings::Placed;
use super::number::Cell;
use super::section::{Column, Row, Section, Table};
use super::unit::Unit;
use super::words;
use crate::crossover::recommendation::Recommendation;
use crate::crossover::verdict::{CAVEAT, Chance};
use crate::report::figures;
use crate::report::run::RunReport;

/// Releases that a row names, at most, and the least probability of one.
const NAMED: usize = 3;
const LEAST: f64 = 0.01;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("crossover", "Moore × Densing: when a device meets a capability");
    let today = report.device.as_ref().and_then(|device| device.today.as_deref());
    let rows: Vec<Placed<'_>> = Placed::all(report).collect();
    if rows.iter().all(Placed::is_own) {
        let why = report.reasons.get("crossover").map_or("not computed", String::as_str);
        section.text.push(format!("No dates of classes: {}.", words::plain(why)));
    }
    match today {
        None => section.remarks.extend(
            report.reasons.get("device.today").map(|why| format!("no date of this device: {}", words::plain(why))),
        ),
        Some(today) => section.remarks.push(format!("this device: {}", words::plain(&today.basis))),
    }
    if rows.is_empty() {
        return section;
    }
    if rows.iter().any(|row| row.crossing.met_today.is_some()) {
        section.remarks.push(CAVEAT.to_owned());
    }
    if rows.iter().any(|row| row.crossing.met_today.is_none()) {
        section.remarks.push(
            "rows without a probability are of before 27 November 2026: their dates continue the paper's trend, a \
             superseded method"
                .to_owned(),
        );
    }
    section.figures = figures::crossover::all(report);
    let mut table = Table::new(
        "crossover",
        "Dates by class and capability (95 % intervals)",
        vec![
            Column::words("device"),
            Column::words("capability"),
            Column::words("status"),
            Column::numbers("probability today"),
            Column::numbers("memory and decode"),
            Column::numbers("with the first token in time"),
            Column::words("falls last"),
            Column::words("first release that did by itself"),
            Column::words("likeliest releases"),
            Column::numbers("runnable today"),
            Column::numbers("required today"),
            Column::numbers("runnable / required"),
        ],
    );
    for row in &rows {
        let found = row.crossing;
        let first = found.realised.as_ref();
        let first = first.map_or_else(|| "none yet".to_owned(), |first| format!("{} ({})", first.model, first.date));
        let carriers = found.carriers.iter().filter(|carrier| carrier.probability >= LEAST).take(NAMED);
        let carriers: Vec<String> =
            carriers.map(|carrier| format!("{} {}", carrier.model, Chance(carrier.probability))).collect();
        let met = found.met_today.as_ref().map(|met| met.probability);
        let cells = vec![
            Cell::words(row.whose()),
            Cell::words(&found.capability),
            Cell::words(found.status.name()),
            Cell::of(row.at("met_today/probability"), &met, Unit::Plain),
            Cell::of(row.at("date"), &found.date, Unit::Date),
            Cell::of(row.at("date_with_ttft"), &found.date_with_ttft, Unit::Date),
            Cell::words(found.binding.name()),
            Cell::words(first),
            Cell::words(if carriers.is_empty() { "none".to_owned() } else { carriers.join(", ") }),
            Cell::of(row.at("today/runnable_params"), &found.today.runnable_params, Unit::Params),
            Cell::of(row.at("today/required_params"), &found.today.required_params, Unit::Params),
            Cell::of(row.at("today/headroom"), &found.today.headroom, Unit::Plain),
        ];
        let group = (!row.is_own()).then(|| words::plain(row.whose()));
        table.rows.push(Row { cells, group });
    }
    section.tables.push(table);
    section.tables.extend(today.and_then(|today| today.recommendation.as_ref()).map(recommendation));
    section
}

/// What to run on this device now.
fn recommendation(found: &Recommendation) -> Table {
    let mut table = Table::new(
        "recommendation",
        "The published release with most capability that fits this device, by its scores alone",
        vec![
            Column::words("model"),
            Column::words("format"),
            Column::numbers("parameters"),
            Column::numbers("effective parameters"),
            Column::numbers("expected speed"),
            Column::numbers("expected first token"),
            Column::numbers("memory"),
            Column::numbers("half its size likely does the same by"),
        ],
    );
    let at = |key: &str| format!("/device/today/recommendation/{key}");
    table.push(vec![
        Cell::words(&found.model),
        Cell::words(&found.format),
        Cell::of(at("total_params"), &found.total_params, Unit::Params),
        Cell::of(at("effective_params"), &found.effective_params, Unit::Params),
        Cell::of(at("tokens_per_second"), &found.tokens_per_second, Unit::TokensPerSecond),
        Cell::of(at("first_token_seconds"), &found.first_token_seconds, Unit::Seconds),
        Cell::of(at("memory_bytes"), &found.memory_bytes, Unit::Bytes),
        Cell::of(at("best_value_until"), &found.best_value_until, Unit::Date),
    ]);
    table
}
