//! Published models: date, size and scores, each with its source.

use std::collections::HashSet;
use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;

use super::table::{Row, Table, TableError};
use crate::unit::{Benchmark, Params, Scores};

/// What kind of model a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Dense and pre-trained only.
    Base,
    /// Mixture of experts, pre-trained only.
    Moe,
    /// Tuned to instructions: its scores are not those of a base model.
    Instruct,
}

impl FromStr for Kind {
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
    /// Parameters used per token, where they differ and are known.
    pub active_params: Option<Params>,
    /// Parameters without the embedding tables, where noted.
    pub non_embedding_params: Option<Params>,
    /// Tokens of pre-training, where known.
    pub tokens: Option<f64>,
    /// Dense base, mixture of experts or instruct.
    pub kind: Kind,
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
}

/// Reads the five score columns of a row.
///
/// # Errors
/// A score that is no percent, or a row of fractions; the error names the column.
pub(super) fn scores(row: &Row<'_>) -> Result<Scores, TableError> {
    let mut found = [None; 5];
    for benchmark in Benchmark::ALL {
        found[benchmark as usize] = row.number(benchmark.name())?;
    }
    Scores::from_percent(found).map_err(|error| row.error(error.benchmark().name(), error.to_string()))
}

/// Reads releases from CSV of the shape of `models/releases.csv`; `file` is the name that errors show, and no release
/// may be dated after `today`.
///
/// # Errors
/// A missing column, an empty table, or a row that does not parse, is dated in the future, repeats a model, gives
/// fractions for percent, or has a score without a source.
pub fn releases(file: &str, text: &str, today: Date) -> Result<Vec<Release>, TableError> {
    const NEEDED: [&str; 5] = ["model", "release_date", "params_b", "kind", "mmlu"];
    let table = Table::parse(file, text, &NEEDED)?;
    let mut names = HashSet::new();
    let mut releases = Vec::new();
    for row in table.rows() {
        let model = row.required("model")?.to_owned();
        if !names.insert(model.to_lowercase()) {
            return Err(row.error("model", format!("`{model}` is there twice")));
        }
        let scores = scores(&row)?;
        let mut sources = [const { None }; 5];
        for (benchmark, _) in scores.present() {
            let column = format!("{benchmark}_src");
            let source = row.text(&column);
            sources[benchmark as usize] =
                Some(source.ok_or_else(|| row.error(&column, format!("the {benchmark} score has no source")))?.into());
        }
        row.required("params_b")?;
        let billions = |column: &str| Ok(row.positive(column)?.map(|b| Params::from_count(b * 1e9)));
        let params = billions("params_b")?.unwrap_or(Params::from_count(f64::NAN));
        let active_params = billions("active_params_b")?;
        if active_params.is_some_and(|active| active > params) {
            return Err(row.error("active_params_b", "more active than total parameters"));
        }
        let kind = row.required("kind")?.parse().map_err(|problem: String| row.error("kind", problem))?;
        let mut release = Release {
            model,
            family: row.text("family").unwrap_or_default().to_owned(),
            date: row.date("release_date", today)?,
            params,
            active_params,
            non_embedding_params: None,
            tokens: row.positive("tokens_t")?.map(|t| t * 1e12),
            kind,
            scores,
            sources,
            notes: row.text("notes").unwrap_or_default().to_owned(),
        };
        // Some notes go on with the table the number was read from.
        if let Some(text) = release.note("nonemb_b").and_then(|text| text.split_whitespace().next()) {
            let billions: f64 =
                text.parse().map_err(|_| row.error("notes", format!("nonemb_b=`{text}` is not a number")))?;
            release.non_embedding_params = Some(Params::from_count(billions * 1e9));
        }
        releases.push(release);
    }
    Ok(releases)
}
