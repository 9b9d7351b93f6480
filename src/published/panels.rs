//! Panels: tables in which one evaluator measured many models, so that their differences are not the evaluators'.

use jiff::civil::Date;

use crate::table::{Table, TableError};
use crate::unit::{Params, Scores};

/// A model as one evaluator measured it.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelRow {
    /// The panel.
    pub panel: String,
    /// The model.
    pub model: String,
    /// Release date.
    pub date: Date,
    /// All parameters.
    pub params: Params,
    /// Parameters used per token, for mixtures of experts.
    pub active_params: Option<Params>,
    /// Scores in percent, with gaps where the panel lacks the benchmark (MATH500 does not count as MATH).
    pub scores: Scores,
    /// Where the panel was read.
    pub source: String,
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
    let scores = table.score_columns();
    let billions = |number: f64| Params::from_count(number * 1e9);
    table
        .rows()
        .map(|row| {
            Ok(PanelRow {
                panel: row.required(panel)?.to_owned(),
                model: row.required(model)?.to_owned(),
                date: row.past_date(date, today)?,
                params: billions(row.positive(params)?),
                active_params: row.optional_positive(active)?.map(billions),
                scores: row.scores(&scores)?,
                source: row.source(source)?.to_owned(),
            })
        })
        .collect()
}
