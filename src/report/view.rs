//! A report as it is read: sections of words, tables and figures, every number made into text once.
//!
//! All renderings (HTML, Markdown, CSV) take this, so that they cannot differ.

use super::run::RunReport;
use head::Head;
use number::Number;
use section::Section;

mod audit;
mod conditions;
pub mod crossings;
mod crossover;
mod density;
mod density_edge;
pub mod figure;
pub mod head;
mod latency;
mod memory;
pub mod number;
mod quality;
mod recommend;
mod reproduce;
pub mod section;
mod speed;
mod thermal;
pub mod unit;
pub mod words;

/// A report as it is read.
#[derive(Debug, Clone)]
pub struct View {
    /// The first screen.
    pub head: Head,
    /// What follows, in order.
    pub sections: Vec<Section>,
}

impl View {
    /// The view of a report.
    #[must_use]
    pub fn of(report: &RunReport) -> Self {
        let sections = [
            Some(speed::section(report)),
            Some(latency::section(report)),
            Some(memory::section(report)),
            Some(thermal::section(report)),
            Some(quality::section(report)),
            density_edge::section(report),
            Some(density::section(report)),
            recommend::section(report),
            Some(crossover::section(report)),
            Some(audit::section(report)),
            Some(conditions::section(report)),
            Some(reproduce::section(report)),
        ];
        Self { head: Head::of(report), sections: sections.into_iter().flatten().collect() }
    }

    /// Every number that the view shows, with the table (or `summary`), the row and the column it stands in.
    pub fn numbers(&self) -> impl Iterator<Item = Placed<'_>> {
        let summary = self.head.headlines.iter().filter_map(|line| {
            let number = line.value.number.as_ref()?;
            Some(Placed { table: "summary", row: &line.label, column: "value", text: &line.value.text, number })
        });
        let tables = self.sections.iter().flat_map(|section| &section.tables).flat_map(|table| {
            table.rows.iter().flat_map(move |row| {
                let name = row.cells.first().map_or("", |cell| cell.text.as_str());
                row.cells.iter().zip(&table.columns).filter_map(move |(cell, column)| {
                    let number = cell.number.as_ref()?;
                    Some(Placed { table: table.id, row: name, column: column.heading, text: &cell.text, number })
                })
            })
        });
        summary.chain(tables)
    }
}

/// A number and where it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// The table's id.
    pub table: &'static str,
    /// The first cell of its row.
    pub row: &'a str,
    /// The heading of its column.
    pub column: &'a str,
    /// What is read.
    pub text: &'a str,
    /// The number.
    pub number: &'a Number,
}
