//! The published data that ships with the program, and its look-up by name.

use jiff::civil::Date;

use super::release::{self, Release};
use crate::table::{Table, TableError};
use crate::unit::Scores;

/// The releases, as CSV.
pub const RELEASES: &str = include_str!("../../models/releases.csv");
/// The capability levels (closed models), as CSV.
pub const CAPABILITIES: &str = include_str!("../../models/capabilities.csv");
/// Other names of releases, as CSV.
pub const ALIASES: &str = include_str!("../../models/aliases.csv");
/// The 51 densities of the paper's main figure, as CSV.
pub const FIGURE_DENSITIES: &str = include_str!("../../models/densities.csv");
/// Scores of single releases under another protocol or evaluator, as CSV.
pub const ALTERNATE_PROTOCOLS: &str = include_str!("../../models/alternate_protocols.csv");
/// The recovered reference curves, as TOML.
pub const REFERENCE_CURVES: &str = include_str!("../../models/reference_curves.toml");
/// The losses of the paper's reference models, as CSV.
pub const REFERENCE_LOSSES: &str = include_str!("../../models/reference_losses.csv");
/// The (loss, score) points behind the paper's performance curves, as CSV.
pub const PERFORMANCE_POINTS: &str = include_str!("../../models/performance_points.csv");

/// The shipped releases.
///
/// # Errors
/// As [`release::releases`].
pub fn releases(today: Date) -> Result<Vec<Release>, TableError> {
    release::releases("models/releases.csv", RELEASES, today)
}

/// A capability level: the scores of a model that others are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct CapabilityLevel {
    /// Name of the model.
    pub name: String,
    /// Release date.
    pub date: Date,
    /// Scores in percent.
    pub scores: Scores,
    /// Where the scores were read.
    pub source: String,
    /// Remarks.
    pub notes: String,
}

/// Reads capability levels from CSV of the shape of `models/capabilities.csv`.
///
/// # Errors
/// A row that does not parse, is dated after `today`, gives fractions for percent, or has no source.
pub fn capability_levels(file: &str, text: &str, today: Date) -> Result<Vec<CapabilityLevel>, TableError> {
    let table = Table::parse(file, text)?;
    let [name, date, source] = ["name", "date", "sources"].map(|name| table.column(&[name]));
    let (name, date, source) = (name?, date?, source?);
    let notes = table.optional_column(&["notes"]);
    let scores = table.score_columns();
    table
        .rows()
        .map(|row| {
            Ok(CapabilityLevel {
                name: row.required(name)?.to_owned(),
                date: row.past_date(date, today)?,
                scores: row.scores(&scores)?,
                source: row.source(source)?.to_owned(),
                notes: notes.map_or("", |column| row.text(column)).to_owned(),
            })
        })
        .collect()
}

/// The shipped capability levels.
///
/// # Errors
/// As [`capability_levels`].
pub fn capabilities(today: Date) -> Result<Vec<CapabilityLevel>, TableError> {
    capability_levels("models/capabilities.csv", CAPABILITIES, today)
}

/// Another name of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The other name, such as the figure's.
    pub name: String,
    /// The name in the releases.
    pub release: String,
}

/// The shipped aliases.
///
/// # Errors
/// A row that does not parse or has no source.
pub fn aliases() -> Result<Vec<Alias>, TableError> {
    let table = Table::parse("models/aliases.csv", ALIASES)?;
    let [name, release, source] = ["name", "release", "source"].map(|name| table.column(&[name]));
    let (name, release, source) = (name?, release?, source?);
    table
        .rows()
        .map(|row| {
            row.source(source)?;
            Ok(Alias { name: row.required(name)?.to_owned(), release: row.required(release)?.to_owned() })
        })
        .collect()
}

/// What is known of a release's protocol where its density differs from the figure's.
#[derive(Debug, Clone, PartialEq)]
pub struct AlternateProtocol {
    /// The release.
    pub release: String,
    /// Scores in percent under the other protocol; a gap means the shipped score stands.
    pub scores: Scores,
    /// What differs.
    pub explanation: String,
}

/// The shipped alternates.
///
/// # Errors
/// A row that does not parse or has no source.
pub fn alternate_protocols() -> Result<Vec<AlternateProtocol>, TableError> {
    let table = Table::parse("models/alternate_protocols.csv", ALTERNATE_PROTOCOLS)?;
    let [model, explanation, source] = ["model", "explanation", "source"].map(|name| table.column(&[name]));
    let (model, explanation, source) = (model?, explanation?, source?);
    let scores = table.score_columns();
    table
        .rows()
        .map(|row| {
            row.source(source)?;
            Ok(AlternateProtocol {
                release: row.required(model)?.to_owned(),
                scores: row.scores(&scores)?,
                explanation: row.required(explanation)?.to_owned(),
            })
        })
        .collect()
}

/// The release that goes by `name` (its own name or an alias), whatever the case.
#[must_use]
pub fn find<'a>(name: &str, releases: &'a [Release], aliases: &[Alias]) -> Option<&'a Release> {
    let by_name = |wanted: &str| releases.iter().find(|r| r.model.eq_ignore_ascii_case(wanted));
    by_name(name)
        .or_else(|| aliases.iter().find(|a| a.name.eq_ignore_ascii_case(name)).and_then(|a| by_name(&a.release)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 23);

    #[test]
    fn the_shipped_tables_parse_and_every_alias_leads_somewhere() {
        let releases = releases(TODAY).unwrap();
        assert_eq!(releases.len(), 237);
        assert_eq!(releases.iter().filter(|r| r.scores.five_mean().is_some()).count(), 114);
        assert_eq!(capabilities(TODAY).unwrap().len(), 10);
        let aliases = aliases().unwrap();
        for alternate in alternate_protocols().unwrap() {
            assert!(find(&alternate.release, &releases, &[]).is_some(), "{alternate:?}");
        }
        for alias in &aliases {
            assert!(find(&alias.name, &releases, &aliases).is_some(), "{alias:?}");
        }
        assert_eq!(find("phi-2", &releases, &aliases).unwrap().model, "Phi-2-2.7B");
    }

    const HEADER: &str = "model,release_date,params_b,kind,mmlu,bbh,mmlu_src,bbh_src";

    #[track_caller]
    fn refused(row: &str, expected: &str) {
        let error = release::releases("r.csv", &format!("{HEADER}\nA,2024-01-01,7,base,45.3,,x,\n{row}\n"), TODAY);
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
        let empty = release::releases("r.csv", HEADER, TODAY).unwrap_err();
        assert_eq!(empty.to_string(), "r.csv: no rows; expected a header and at least one row");
    }
}
