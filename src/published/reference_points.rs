//! Points behind a reference family: losses of trained reference models, and scores at a loss.

use crate::table::{Table, TableError};

/// The loss of one reference model on one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct LossRow {
    /// Benchmark, or `average`.
    pub benchmark: String,
    /// Parameters (count).
    pub params: f64,
    /// Training tokens (count).
    pub tokens: f64,
    /// Conditional loss.
    pub loss: f64,
}

/// The score of one model at its loss on one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// Benchmark, or `average`.
    pub benchmark: String,
    /// Conditional loss.
    pub loss: f64,
    /// Score in percent.
    pub percent: f64,
    /// Whether the row is kept for validation (its `role` is there and is not `fit`).
    pub held_out: bool,
}

/// Reads losses from CSV with the columns benchmark, n_params, d_tokens and conditional_loss.
///
/// # Errors
/// A missing column, an empty table, or a number that is not above zero.
pub fn losses(file: &str, text: &str) -> Result<Vec<LossRow>, TableError> {
    let table = Table::parse(file, text)?;
    let [benchmark, params, tokens, loss] =
        ["benchmark", "n_params", "d_tokens", "conditional_loss"].map(|name| table.column(&[name]));
    let (benchmark, params, tokens, loss) = (benchmark?, params?, tokens?, loss?);
    table
        .rows()
        .map(|row| {
            Ok(LossRow {
                benchmark: row.required(benchmark)?.to_lowercase(),
                params: row.positive(params)?,
                tokens: row.positive(tokens)?,
                loss: row.positive(loss)?,
            })
        })
        .collect()
}

/// Reads scores from CSV with the columns benchmark, conditional_loss and score_percent, and optionally role.
///
/// # Errors
/// A missing column, an empty table, a loss that is not above zero, a score outside 0 to 100, or a benchmark whose
/// scores look like fractions (none above 1, one above 0).
pub fn scores(file: &str, text: &str) -> Result<Vec<ScoreRow>, TableError> {
    let table = Table::parse(file, text)?;
    let [benchmark, loss, score] = ["benchmark", "conditional_loss", "score_percent"].map(|name| table.column(&[name]));
    let (benchmark, loss, score) = (benchmark?, loss?, score?);
    let role = table.optional_column(&["role"]);
    let mut rows = Vec::new();
    for row in table.rows() {
        rows.push(ScoreRow {
            benchmark: row.required(benchmark)?.to_lowercase(),
            loss: row.positive(loss)?,
            percent: row.percent(score)?.ok_or_else(|| row.error(score, "empty"))?,
            held_out: !matches!(role.map_or("", |column| row.text(column)), "" | "fit"),
        });
    }
    for (row, point) in table.rows().zip(&rows) {
        let top = rows.iter().filter(|r| r.benchmark == point.benchmark).map(|r| r.percent).fold(0.0, f64::max);
        if top > 0.0 && top <= 1.0 {
            let name = &point.benchmark;
            let problem = format!("no {name} score exceeds 1, so they look like fractions: give percent, 0 to 100");
            return Err(row.error(score, problem));
        }
    }
    Ok(rows)
}
