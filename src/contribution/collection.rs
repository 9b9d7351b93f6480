//! Reports below a folder, each held against all rules, and against each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::rule::{Finding, LONGEST, Refusal, Rule};
use super::{date, model_identity, physics, place, rows, samples, scores, strip};
use crate::file::run_folder::REPORT;
use crate::measure::bench_report::wire::ModelReport;
use crate::measure::journal::Entry;
use crate::model::catalog::{Catalog, CatalogEntry};
use crate::report::gallery::Found;
use crate::report::run::RunReport;
use crate::report::stored::{Stored, StoredError};
use crate::run::recommended::of_model;
use crate::sanitize::line;

/// The document of `report --check`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Checked {
    /// Reports that were looked at.
    pub reports: usize,
    /// Those that are taken.
    pub taken: Vec<String>,
    /// What the others are refused for, in the order of the reports.
    pub refusals: Vec<Refusal>,
}

/// Holds every report against the rules; `now` is the day that none may lie behind.
pub(crate) fn check(found: &Found, catalog: &Catalog, now: Timestamp) -> Checked {
    let mut checked = Checked::default();
    let mut first = First::default();
    for path in &found.reports {
        let report = path.display().to_string();
        let mut findings = match Stored::read(path) {
            Ok(stored) => {
                let mut findings = one(&stored, &samples::entries(path), catalog, now);
                findings.extend(place::look(path, &stored.report));
                findings.extend(first.twice(&report, &stored.report));
                findings
            }
            Err(error) => vec![unread(&error)],
        };
        checked.reports += 1;
        if findings.is_empty() {
            checked.taken.push(report);
        } else {
            findings.sort_by_key(|finding| finding.rule);
            checked.refusals.extend(findings.into_iter().map(|finding| Refusal { report: report.clone(), finding }));
        }
    }
    for (path, why) in &found.passed {
        checked.reports += 1;
        let finding = Finding::new(Rule::Schema, line(why, LONGEST * 2));
        checked.refusals.push(Refusal { report: path.display().to_string(), finding });
    }
    checked
}

/// Holds one report, with the entries of its journal, against all rules that are about it alone, but for where it lies.
pub(crate) fn one(
    stored: &Stored,
    entries: &Result<Vec<Entry>, String>,
    catalog: &Catalog,
    now: Timestamp,
) -> Vec<Finding> {
    let report = &stored.report;
    let least = least_share(catalog);
    let of = |model: &ModelReport| known(catalog, model).unwrap_or((least, model.params as f64 * least));
    let mut findings = rows::look(stored);
    findings.extend(samples::look(report, entries));
    findings.extend(physics::look(report, &of));
    findings.extend(model_identity::look(report, catalog));
    findings.extend(scores::look(report));
    findings.extend(date::look(report, now));
    findings.extend(strip::look(report, entries.as_deref().unwrap_or_default()));
    findings
}

/// What a token uses of a model that the catalogue knows by its name or by its file's hash.
fn known(catalog: &Catalog, model: &ModelReport) -> Option<(f64, f64)> {
    let hashed =
        |entry: &&CatalogEntry| entry.files.iter().any(|file| file.sha256.is_some() && file.sha256 == model.sha256);
    let id = catalog.get(&model.id).or_else(|| catalog.entries().iter().find(hashed)).map(|entry| &entry.id)?;
    of_model(catalog, id)
}

/// The least share of its parameters that a token uses in a mixture of experts: any other model may be one, too.
fn least_share(catalog: &Catalog) -> f64 {
    let share = |entry: &CatalogEntry| entry.parameters.active.count() / entry.parameters.total.count();
    catalog.entries().iter().map(share).fold(1.0, f64::min)
}

/// A report that cannot be read.
pub(crate) fn unread(error: &StoredError) -> Finding {
    let StoredError::Contradiction { found, .. } = error else {
        return Finding::new(Rule::Schema, line(&error.to_string(), LONGEST * 3));
    };
    let finding = Finding::new(Rule::Edited, line(&found.what, LONGEST * 2));
    let finding = found.numbers.map_or(finding.clone(), |(own, derived)| finding.number(own, derived));
    found.row.as_ref().map_or(finding.clone(), |row| finding.in_row(row))
}

/// The reports that came first, by their runs and by their samples.
#[derive(Default)]
struct First {
    runs: BTreeMap<String, String>,
    samples: BTreeMap<Vec<u64>, String>,
}

impl First {
    fn twice(&mut self, name: &str, report: &RunReport) -> Option<Finding> {
        let of_run = self.runs.get(&report.run_id).cloned();
        self.runs.entry(report.run_id.clone()).or_insert_with(|| name.to_owned());
        // A correction shares the samples of the report that it corrects.
        let rows = report.bench.iter().filter(|_| report.supersedes.is_none()).flat_map(|bench| bench.results.iter());
        let mut of_samples = None;
        for row in rows.filter(|row| row.samples_ns.len() > 1) {
            of_samples = of_samples.or_else(|| self.samples.get(&row.samples_ns).cloned());
            self.samples.entry(row.samples_ns.clone()).or_insert_with(|| name.to_owned());
        }
        let text = match (of_run, of_samples) {
            (Some(other), _) => format!("the run of {other}"),
            (None, Some(other)) if other != name => format!("the samples of {other}"),
            (None, Some(_)) => "two rows with the same samples".to_owned(),
            (None, None) => return None,
        };
        Some(Finding::new(Rule::Duplicate, text))
    }
}

/// The reports that paths name: each file, and all below each folder.
///
/// # Errors
/// A folder that cannot be listed.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found, crate::report::gallery::GalleryError> {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() && !path.join(REPORT).is_file() {
            crate::report::gallery::find(path, Path::new(""), &mut found)?;
        } else if path.is_dir() {
            found.reports.push(path.join(REPORT));
        } else {
            found.reports.push(path.clone());
        }
    }
    Ok(found)
}
