//! Points behind a reference family: losses of trained reference models, and scores at a loss.

use super::sheet::{Sheet, SheetError};

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
pub fn losses(file: &str, text: &str) -> Result<Vec<LossRow>, SheetError> {
    let table = Sheet::parse(file, text, &["benchmark", "n_params", "d_tokens", "conditional_loss"])?;
    table
        .rows()
        .map(|row| {
            let number = |column: &str| row.positive(column)?.ok_or_else(|| row.error(column, "empty"));
            Ok(LossRow {
                benchmark: row.required("benchmark")?.to_lowercase(),
                params: number("n_params")?,
                tokens: number("d_tokens")?,
                loss: number("conditional_loss")?,
            })
        })
        .collect()
}

/// Reads scores from CSV with the columns benchmark, conditional_loss and score_percent, and optionally role.
///
/// # Errors
/// A missing column, an empty table, a loss that is not above zero, a score outside 0 to 100, or a benchmark whose
/// scores look like fractions (none above 1, one above 0).
pub fn scores(file: &str, text: &str) -> Result<Vec<ScoreRow>, SheetError> {
    let table = Sheet::parse(file, text, &["benchmark", "conditional_loss", "score_percent"])?;
    let mut rows = Vec::new();
    for row in table.rows() {
        let percent = row.required_number("score_percent")?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(row.error("score_percent", format!("{percent} is outside 0 to 100 percent")));
        }
        rows.push(ScoreRow {
            benchmark: row.required("benchmark")?.to_lowercase(),
            loss: row.positive("conditional_loss")?.ok_or_else(|| row.error("conditional_loss", "empty"))?,
            percent,
            held_out: row.text("role").is_some_and(|role| role != "fit"),
        });
    }
    for row in table.rows() {
        let benchmark = row.required("benchmark")?.to_lowercase();
        let top = rows.iter().filter(|r| r.benchmark == benchmark).map(|r| r.percent).fold(0.0, f64::max);
        if top > 0.0 && top <= 1.0 {
            let problem =
                format!("no {benchmark} score exceeds 1, so they look like fractions: give percent, 0 to 100");
            return Err(row.error("score_percent", problem));
        }
    }
    Ok(rows)
}
