//! Dated capability densities: the 51 that the paper published, and any CSV of (model, date, density).

use std::collections::HashMap;

use jiff::civil::Date;

use crate::table::{Table, TableError};

/// A model's capability density as given by a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedDensity {
    /// The model's name.
    pub model: String,
    /// Release date.
    pub date: Date,
    /// Capability density, above 0.
    pub density: f64,
    /// Total parameters in billions, where the table has them.
    pub params_b: Option<f64>,
    /// Where the row comes from; empty for a table of the user without such a column.
    pub source: String,
}

/// Reads columns `model`, `date` (or `release_date`) and `density`; further columns are ignored except
/// `total_params_b` (or `params_b`) and `source`. Rows may come in any order and are returned by date.
///
/// # Errors
/// What does not parse, is dated after `today`, occurs twice, or (where `sourced`) lacks a source.
pub fn read(file: &str, text: &str, today: Date, sourced: bool) -> Result<Vec<PublishedDensity>, TableError> {
    let table = Table::parse(file, text)?;
    let model = table.column(&["model", "name"])?;
    let date = table.column(&["date", "release_date", "released"])?;
    let density = table.column(&["density", "capability_density", "rho"])?;
    let params = table.optional_column(&["total_params_b", "params_b"]);
    let source = if sourced { Some(table.column(&["source"])?) } else { None };
    let mut first_rows = HashMap::new();
    let mut found = Vec::new();
    for (index, row) in table.rows().enumerate() {
        let name = row.required(model)?;
        if let Some(first) = first_rows.insert(name.to_owned(), index + 1) {
            return Err(row.error(model, format!("`{name}` is already in row {first}")));
        }
        found.push(PublishedDensity {
            model: name.to_owned(),
            date: row.past_date(date, today)?,
            density: row.positive(density)?,
            params_b: params.map_or(Ok(None), |column| row.optional_positive(column))?,
            source: source.map_or(Ok(""), |column| row.source(column))?.to_owned(),
        });
    }
    found.sort_by_key(|row| row.date);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    fn complaint(text: &str) -> String {
        read("d.csv", text, TODAY, false).unwrap_err().to_string()
    }

    #[test]
    fn complaints_name_row_and_column() {
        for (text, expected) in [
            ("", "d.csv: no rows; expected a header and at least one row"),
            ("model,date,density\n", "d.csv: no rows; expected a header and at least one row"),
            (
                "model,day,density\na,2024-01-01,1\n",
                "d.csv: no column `date` or `release_date` or `released` in the header (model, day, density)",
            ),
            (
                "model,date,density\na,2024-01-01,NaN\n",
                "d.csv: row 1 (line 2), column `density`: `NaN` is not a finite number above 0",
            ),
            (
                "model,date,density\na,2024-01-01,1\nb,2024-01-02,-2\n",
                "d.csv: row 2 (line 3), column `density`: `-2` is not a finite number above 0",
            ),
            (
                "model,date,density\na,2024-13-01,1\n",
                "d.csv: row 1 (line 2), column `date`: `2024-13-01` is not a date (YYYY-MM-DD)",
            ),
            (
                "model,date,density\na,2027-01-01,1\n",
                "d.csv: row 1 (line 2), column `date`: 2027-01-01 is in the future (today is 2026-11-23)",
            ),
            (
                "model,date,density\na,2024-01-01,1\na,2024-01-02,2\n",
                "d.csv: row 2 (line 3), column `model`: `a` is already in row 1",
            ),
            ("model,date,density\n,2024-01-01,1\n", "d.csv: row 1 (line 2), column `model`: empty"),
        ] {
            assert_eq!(complaint(text), expected);
        }
        let sourced = read("d.csv", "model,date,density,source\na,2024-01-01,1,\n", TODAY, true).unwrap_err();
        assert!(sourced.to_string().contains("row 1 (line 2), column `source`: no source"));
    }

    #[test]
    fn order_and_further_columns_do_not_matter() {
        let rows = read("d.csv", "note,density,release_date,model\nx,2,2024-02-01,b\ny,1,2024-01-01,a\n", TODAY, false)
            .unwrap();
        assert_eq!(rows.iter().map(|row| row.model.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
