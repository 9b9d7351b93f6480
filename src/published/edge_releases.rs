//! Small base models with their published HellaSwag accuracy.

use jiff::civil::Date;

use crate::table::{Table, TableError};
use crate::unit::Params;

/// A small base model.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeRelease {
    /// Its name.
    pub model: String,
    /// Its family.
    pub family: String,
    /// The day of its release.
    pub date: Date,
    /// All parameters.
    pub params: Params,
    /// Accuracy on HellaSwag, as a share.
    pub hellaswag: f64,
}

/// Reads the columns `model`, `family`, `release_date`, `params_b` (10⁹), `hellaswag` (percent) and `source`.
///
/// # Errors
/// A missing column, an empty table, a row that does not parse or is dated after `today`, or an accuracy outside (0, 100).
pub fn read(file: &str, text: &str, today: Date) -> Result<Vec<EdgeRelease>, TableError> {
    let table = Table::parse(file, text)?;
    let [model, family, date] = ["model", "family", "release_date"].map(|name| table.column(&[name]));
    let [params, hellaswag, source] = ["params_b", "hellaswag", "source"].map(|name| table.column(&[name]));
    let (model, family, date) = (model?, family?, date?);
    let (params, hellaswag, source) = (params?, hellaswag?, source?);
    table
        .rows()
        .map(|row| {
            row.source(source)?;
            let percent = row.positive(hellaswag)?;
            if percent >= 100.0 {
                return Err(row.error(hellaswag, "an accuracy in percent lies below 100"));
            }
            Ok(EdgeRelease {
                model: row.required(model)?.to_owned(),
                family: row.required(family)?.to_owned(),
                date: row.past_date(date, today)?,
                params: Params::from_count(1e9 * row.positive(params)?),
                hellaswag: percent / 100.0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::shipped::EDGE_RELEASES;

    #[test]
    fn the_shipped_ones_are_read_and_a_damaged_row_is_named() {
        let releases = read("edge.csv", EDGE_RELEASES, Date::MAX).unwrap();
        assert_eq!(releases.len(), 55);
        assert!(releases.iter().all(|release| (0.25..0.8).contains(&release.hellaswag)));
        let wrong = read("edge.csv", &EDGE_RELEASES.replace(",40.90,", ",400,"), Date::MAX).unwrap_err().to_string();
        assert!(wrong.contains("edge.csv") && wrong.contains("below 100"), "{wrong}");
    }
}
