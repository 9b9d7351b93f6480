//! Prices of hosted models in US dollars per million tokens.

use jiff::civil::Date;

use crate::table::{Table, TableError};

/// What a model cost from a date on.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiPrice {
    /// The model (several rows may name one: prices change, and hosts differ).
    pub model: String,
    /// First day of the price.
    pub date: Date,
    /// Input tokens.
    pub input: f64,
    /// Output tokens, where known.
    pub output: Option<f64>,
    /// Mean of input and output, where known.
    pub blended: Option<f64>,
    /// MMLU in percent, where known.
    pub mmlu: Option<f64>,
    /// Where the price was read; empty for a table of the user without such a column.
    pub source: String,
}

/// Reads columns `model`, `date`, and `usd_per_million_tokens_in` (or `usd_per_million_tokens`); `out`, `blended`,
/// `mmlu` and `source` where they are there. Rows are returned by date.
///
/// # Errors
/// What does not parse, is dated after `today`, or (where `sourced`) lacks a source.
pub fn read(file: &str, text: &str, today: Date, sourced: bool) -> Result<Vec<ApiPrice>, TableError> {
    let table = Table::parse(file, text)?;
    let model = table.column(&["model"])?;
    let date = table.column(&["date"])?;
    let input = table.column(&["usd_per_million_tokens_in", "usd_per_million_tokens", "input", "price"])?;
    let output = table.optional_column(&["out", "usd_per_million_tokens_out", "output"]);
    let blended = table.optional_column(&["blended", "blend"]);
    let mmlu = table.optional_column(&["mmlu"]);
    let source = if sourced { Some(table.column(&["source"])?) } else { None };
    let mut found = table
        .rows()
        .map(|row| {
            let input = row.positive(input)?;
            let output = output.map_or(Ok(None), |column| row.optional_positive(column))?;
            let blended = blended.map_or(Ok(None), |column| row.optional_positive(column))?;
            Ok(ApiPrice {
                model: row.required(model)?.to_owned(),
                date: row.past_date(date, today)?,
                input,
                output,
                blended: blended.or(output.map(|output| 0.5 * (input + output))),
                mmlu: mmlu.map_or(Ok(None), |column| row.percent(column))?,
                source: source.map_or(Ok(""), |column| row.source(column))?.to_owned(),
            })
        })
        .collect::<Result<Vec<_>, TableError>>()?;
    found.sort_by_key(|row| row.date);
    Ok(found)
}
