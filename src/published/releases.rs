//! Published models: date, size and scores, each with its source.

use std::collections::HashSet;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::table::{Table, TableError};
use crate::unit::{Benchmark, Params, Scores};

/// What kind of model a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseKind {
    /// Dense and pre-trained only.
    Base,
    /// Mixture of experts, pre-trained only.
    Moe,
    /// Tuned to instructions: its scores are not those of a base model.
    Instruct,
}

impl ReleaseKind {
    /// Name in tables, on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Moe => "moe",
            Self::Instruct => "instruct",
        }
    }
}

impl FromStr for ReleaseKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "base" => Ok(Self::Base),
            "moe" => Ok(Self::Moe),
            "instruct" => Ok(Self::Instruct),
            other => Err(format!("`{other}` is no kind: base, moe or instruct")),
        }
    }
}

/// A model as published.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Name, as in the `model` column.
    pub model: String,
    /// Family.
    pub family: String,
    /// Release date.
    pub date: Date,
    /// All parameters.
    pub params: Params,
    /// Parameters used per token, where they differ and are known; a looped model uses its own several times.
    pub active_params: Option<Params>,
    /// Parameters without the embedding tables, where noted.
    pub non_embedding_params: Option<Params>,
    /// Tokens of pre-training, where known.
    pub tokens: Option<f64>,
    /// Dense base, mixture of experts or instruct.
    pub kind: ReleaseKind,
    /// Scores in percent.
    pub scores: Scores,
    /// Where each score was read, in the order of [`Benchmark::ALL`].
    pub sources: [Option<String>; 5],
    /// Remarks on protocols and alternates.
    pub notes: String,
}

impl Release {
    /// The value of a `key=value` item of the notes, such as `bbh_protocol`.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.split(';').find_map(|item| item.trim().strip_prefix(key)?.strip_prefix('=')).map(str::trim)
    }

    /// How often a token passes the layers: once, but for a looped model (`loops=4`).
    #[must_use]
    pub fn loops(&self) -> f64 {
        self.note("loops").and_then(|text| text.parse().ok()).filter(|loops| *loops >= 1.0).unwrap_or(1.0)
    }

    /// Whether missing scores may be imputed: not for a model whose scores hang together in another way than those of
    /// the others (`imputation=unfit`), such as one that saw little but code.
    #[must_use]
    pub fn fit_for_imputation(&self) -> bool {
        self.note("imputation") != Some("unfit")
    }

    /// Whether its maker says, or others recall, that it was trained on data made of instructions (`instruction_data=`).
    #[must_use]
    pub fn has_instruction_data(&self) -> bool {
        self.note("instruction_data").is_some()
    }
}

/// Reads releases from CSV of the shape of `models/releases.csv`; `file` is the name that errors show, and no release
/// may be dated after `today`.
///
/// # Errors
/// A missing column, an empty table, or a row that does not parse, is dated in the future, repeats a model, gives
/// fractions for percent, or has a score without a source.
pub fn releases(file: &str, text: &str, today: Date) -> Result<Vec<Release>, TableError> {
    let table = Table::parse(file, text)?;
    let [model, date, params, kind] = ["model", "release_date", "params_b", "kind"].map(|name| table.column(&[name]));
    let (model, date, params, kind) = (model?, date?, params?, kind?);
    let [family, active, tokens, notes] =
        ["family", "active_params_b", "tokens_t", "notes"].map(|name| table.optional_column(&[name]));
    let scores = table.score_columns();
    let sources = Benchmark::ALL.map(|benchmark| table.optional_column(&[&format!("{benchmark}_src")]));
    let mut names = HashSet::new();
    let mut releases = Vec::new();
    for row in table.rows() {
        let text = |column: Option<usize>| column.map_or("", |column| row.text(column)).to_owned();
        let positive = |column: Option<usize>| column.map_or(Ok(None), |column| row.optional_positive(column));
        let billions = |number: f64| Params::from_count(number * 1e9);
        let name = row.required(model)?.to_owned();
        if !names.insert(name.to_lowercase()) {
            return Err(row.error(model, format!("`{name}` is there twice")));
        }
        let mut release = Release {
            model: name,
            family: text(family),
            date: row.past_date(date, today)?,
            params: billions(row.positive(params)?),
            active_params: positive(active)?.map(billions),
            non_embedding_params: None,
            tokens: positive(tokens)?.map(|trillions| trillions * 1e12),
            kind: row.required(kind)?.parse().map_err(|problem: String| row.error(kind, problem))?,
            scores: row.scores(&scores)?,
            sources: [const { None }; 5],
            notes: text(notes),
        };
        for (benchmark, _) in release.scores.present() {
            let index = benchmark as usize;
            let Some(source) = sources[index] else {
                let column = format!("{benchmark}_src");
                return Err(table.column(&[&column]).err().unwrap_or_else(|| row.error(model, "no source")));
            };
            release.sources[index] = Some(row.source(source)?.to_owned());
        }
        if let Some(active) = active.filter(|_| {
            release.active_params.is_some_and(|n| {
                // Three digits of a size times its loops may be a little more.
                n.count() > 1.001 * release.params.count() * release.loops()
            })
        }) {
            return Err(row.error(active, "more active than total parameters"));
        }
        if let (Some(notes), Some(text)) = (notes, release.note("nonemb_b")) {
            // Some notes say where the number stands: `3.7 (Sheet 1)`.
            let number = text.split_whitespace().next().unwrap_or_default();
            let found = number.parse().map_err(|_| row.error(notes, format!("nonemb_b=`{number}` is not a number")))?;
            release.non_embedding_params = Some(billions(found));
        }
        releases.push(release);
    }
    Ok(releases)
}

/// The scores that imputation learns from: those of base models, dense or not, that have all five.
#[must_use]
pub fn complete(releases: &[Release]) -> Vec<Scores> {
    let base = releases.iter().filter(|release| release.kind != ReleaseKind::Instruct);
    base.map(|release| release.scores).filter(|scores| scores.five_mean().is_some()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    const HEADER: &str = "model,release_date,params_b,kind,mmlu,bbh,mmlu_src,bbh_src";

    #[track_caller]
    fn refused(row: &str, expected: &str) {
        let error = releases("r.csv", &format!("{HEADER}\nA,2024-01-01,7,base,45.3,,x,\n{row}\n"), TODAY);
        assert_eq!(error.unwrap_err().to_string(), expected);
    }

    #[test]
    fn errors_name_file_row_and_column() {
        refused(
            "B,2024-01-01,7,base,0.453,0.3,x,x",
            "r.csv: row 2 (line 3), column `mmlu`: the mmlu score 0.453 looks like a fraction (no score of the row exceeds 1): give percent, 0 to 100",
        );
        refused(
            "B,2027-01-01,7,base,45,,x,",
            "r.csv: row 2 (line 3), column `release_date`: 2027-01-01 is in the future (today is 2026-11-23)",
        );
        refused(
            "B,soon,7,base,45,,x,",
            "r.csv: row 2 (line 3), column `release_date`: `soon` is not a date (YYYY-MM-DD)",
        );
        refused(
            "B,2024-01-01,7,base,45,33,x,",
            "r.csv: row 2 (line 3), column `bbh_src`: no source; say where the row was read",
        );
        refused(
            "B,2024-01-01,NaN,base,45,,x,",
            "r.csv: row 2 (line 3), column `params_b`: `NaN` is not a finite number above 0",
        );
        refused("a,2024-01-01,7,base,45,,x,", "r.csv: row 2 (line 3), column `model`: `a` is there twice");
        let empty = releases("r.csv", HEADER, TODAY).unwrap_err();
        assert_eq!(empty.to_string(), "r.csv: no rows; expected a header and at least one row");
    }
}
