//! A report as it is read: sections of words, tables and figures, every number made into text once.
//!
//! All renderings (HTML, Markdown, CSV) take this, so that they cannot differ.

use serde::Serialize;
use serde_json::Value;

use super::chart::Chart;
use super::run::RunReport;
use number::{Cell, Number, Source};

mod audit;
mod conditions;
mod crossover;
mod density;
mod head;
mod latency;
mod memory;
pub mod number;
mod quality;
mod reproduce;
mod speed;
mod thermal;
pub mod unit;
pub mod words;

pub use head::{Head, Headline};

/// A report as it is read.
#[derive(Debug, Clone)]
pub struct View {
    /// The first screen.
    pub head: Head,
    /// What follows, in order.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// Sentences before anything else.
    pub text: Vec<String>,
    /// Figures, drawn or not.
    pub figures: Vec<Figure>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Remarks.
    pub remarks: Vec<String>,
}

impl Section {
    const fn new(id: &'static str, heading: &'static str) -> Self {
        Self { id, heading, text: Vec::new(), figures: Vec::new(), tables: Vec::new(), remarks: Vec::new() }
    }
}

/// A figure, or why there is none.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its file name without the ending, and its anchor.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The drawing, or the sentence why there is none.
    pub chart: Result<Box<Chart>, String>,
    /// Name of a group that a reader may hide: the device class.
    pub group: Option<String>,
}

impl Figure {
    /// A drawn figure.
    #[must_use]
    pub fn drawn(chart: Chart) -> Self {
        Self { id: chart.id.clone(), title: chart.title.clone(), chart: Ok(Box::new(chart)), group: None }
    }

    /// No figure, and why.
    #[must_use]
    pub fn none(id: &str, title: &str, why: impl Into<String>) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), chart: Err(words::plain(&why.into())), group: None }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// Whether it holds numbers, which stand at its right side.
    pub numbers: bool,
}

impl Column {
    const fn words(heading: &'static str) -> Self {
        Self { heading, numbers: false }
    }

    const fn numbers(heading: &'static str) -> Self {
        Self { heading, numbers: true }
    }
}

/// A table. The first cell of a row names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its file name without the ending.
    pub id: &'static str,
    /// What it holds.
    pub caption: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with the group that a reader may hide.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Cells, one for each column.
    pub cells: Vec<Cell>,
    /// The device class that it belongs to.
    pub group: Option<String>,
}

impl Table {
    fn new(id: &'static str, caption: &'static str, columns: Vec<Column>) -> Self {
        Self { id, caption, columns, rows: Vec::new() }
    }

    fn push(&mut self, cells: Vec<Cell>) {
        self.rows.push(Row { cells, group: None });
    }

    /// Without the columns that show nothing in any row.
    fn without_empty_columns(mut self) -> Self {
        let kept: Vec<bool> = (0..self.columns.len())
            .map(|at| {
                self.rows.is_empty() || self.rows.iter().any(|row| row.cells.get(at).is_some_and(Cell::is_present))
            })
            .collect();
        let mut at = kept.iter();
        self.columns.retain(|_| *at.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut at = kept.iter();
            row.cells.retain(|_| *at.next().unwrap_or(&true));
        }
        self
    }
}

impl View {
    /// The view of a report.
    #[must_use]
    pub fn of(report: &RunReport) -> Self {
        let document = serde_json::to_value(report).unwrap_or(Value::Null);
        let source = Source(&document);
        let sections = vec![
            speed::section(report, source),
            latency::section(report, source),
            memory::section(report, source),
            thermal::section(report, source),
            quality::section(source),
            density::section(source),
            crossover::section(source),
            audit::section(source),
            conditions::section(report, source),
            reproduce::section(report, source),
        ];
        Self { head: Head::of(report, source), sections }
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
