//! Panels: tables in which one evaluator measured many models, so that their differences are not the evaluators'.

use jiff::civil::Date;

use super::table::{Table, TableError};

/// The five benchmarks in the order of [`PanelRow::scores`].
pub const BENCHMARKS: [&str; 5] = ["mmlu", "bbh", "math", "humaneval", "mbpp"];

/// A model as one evaluator measured it.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelRow {
    /// The panel.
    pub panel: String,
    /// The model.
    pub model: String,
    /// Release date.
    pub date: Date,
    /// Total parameters in billions.
    pub params_b: f64,
    /// Activated parameters in billions, for mixtures of experts.
    pub active_params_b: Option<f64>,
    /// Scores in percent, `None` where the panel lacks the benchmark (MATH500 does not count as MATH).
    pub scores: [Option<f64>; 5],
    /// Where the panel was read.
    pub source: String,
}

/// The shipped panels.
///
/// # Errors
/// The shipped table is damaged (a test holds that it is not).
pub fn shipped(today: Date) -> Result<Vec<PanelRow>, TableError> {
    read("models/panels.csv", include_str!("../../models/panels.csv"), today)
}

/// Reads a table of panels.
///
/// # Errors
/// What does not parse, is dated after `today`, or lacks a source.
pub fn read(file: &str, text: &str, today: Date) -> Result<Vec<PanelRow>, TableError> {
    let table = Table::parse(file, text)?;
    let [panel, model, date, params, active, source] =
        ["panel", "model", "release_date", "params_b", "active_params_b", "source"].map(|name| table.column(&[name]));
    let (panel, model, date, params, active, source) = (panel?, model?, date?, params?, active?, source?);
    let mut columns = [0; 5];
    for (column, name) in columns.iter_mut().zip(BENCHMARKS) {
        *column = table.column(&[name])?;
    }
    table
        .rows()
        .map(|row| {
            let mut scores = [None; 5];
            for (score, column) in scores.iter_mut().zip(columns) {
                *score = row.percent(column)?;
            }
            Ok(PanelRow {
                panel: row.required(panel)?.to_owned(),
                model: row.required(model)?.to_owned(),
                date: row.past_date(date, today)?,
                params_b: row.positive(params)?,
                active_params_b: row.optional_positive(active)?,
                scores,
                source: row.source(source)?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_shipped_table_is_whole() {
        let rows = shipped(date(2026, 11, 23)).unwrap();
        assert_eq!(rows.len(), 72);
        assert!(rows.iter().all(|row| row.scores.iter().flatten().count() >= 4));
    }
}
