//! Heat and clocks over time.

use super::number::Cell;
use super::section::{Column, Section, Table};
use super::unit::Unit;
use super::words;
use crate::report::figures;
use crate::report::run::RunReport;

pub(super) fn section(report: &RunReport) -> Section {
    let mut section = Section::new("thermal", "Heat, clocks and sustained speed");
    let Some(bench) = &report.bench else {
        section.text.push("Not measured.".to_owned());
        return section;
    };
    section.figures = figures::thermal::all(bench);
    if let Some(curve) = &bench.sustain {
        section.text.push(words::plain(&curve.verdict()));
        let mut table = Table::new(
            "sustain",
            "Speed while decoding without a pause",
            vec![
                Column::words("series"),
                Column::numbers("first fifth"),
                Column::numbers("last fifth"),
                Column::numbers("lost"),
            ],
        );
        table.push(vec![
            Cell::words("decode"),
            Cell::of("/bench/sustain/first_fifth", &curve.first_fifth, Unit::TokensPerSecond),
            Cell::of("/bench/sustain/last_fifth", &curve.last_fifth, Unit::TokensPerSecond),
            Cell::of("/bench/sustain/drop", &curve.drop, Unit::Share),
        ]);
        section.tables.push(table);
    }
    let mut table = Table::new(
        "conditions",
        "What the machine was like in each row",
        vec![
            Column::words("test"),
            Column::numbers("hottest, before"),
            Column::numbers("hottest, after"),
            Column::numbers("clock, before"),
            Column::numbers("clock, after"),
            Column::words("held back"),
            Column::numbers("others' load (processors)"),
            Column::numbers("stolen time"),
            Column::numbers("page faults to disk"),
            Column::numbers("forced context switches"),
        ],
    );
    for (at, row) in bench.results.iter().enumerate() {
        let of =
            |key: &str, value: Option<f64>, unit: Unit| Cell::of(format!("/bench/results/{at}/{key}"), &value, unit);
        let count = |key: &str, value: Option<u64>| Cell::of(format!("/bench/results/{at}/{key}"), &value, Unit::Count);
        let held = match row.thermal.throttled {
            Some(true) => "yes",
            Some(false) => "no",
            None => "cannot be told",
        };
        table.push(vec![
            Cell::words(&row.test),
            of("thermal/start_celsius", row.thermal.start_celsius, Unit::Celsius),
            of("thermal/end_celsius", row.thermal.end_celsius, Unit::Celsius),
            of("thermal/start_hertz", row.thermal.start_hertz, Unit::Hertz),
            of("thermal/end_hertz", row.thermal.end_hertz, Unit::Hertz),
            Cell::words(held),
            of("load/others_busy_processors", row.load.others_busy_processors, Unit::Plain),
            of("load/steal_fraction", row.load.steal_fraction, Unit::Share),
            count("load/major_faults", row.load.major_faults),
            count("load/involuntary_switches", row.load.involuntary_switches),
        ]);
    }
    section.tables.push(table.without_empty_columns());
    section
}
