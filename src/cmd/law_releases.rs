//! Densities of releases and panels from their scores.

use std::collections::BTreeMap;

use anyhow::bail;
use jiff::civil::Date;

use crate::cli::law::Kind;
use crate::law::density::Size;
use crate::law::family::ReferenceFamily;
use crate::law::frontier::{DatedDensity, Frontier};
use crate::law::graded::{Evaluators, Grader};
use crate::model::densities::PublishedDensity;
use crate::model::release::{self, Release};
use crate::model::{panels, published};
use crate::unit::{Params, Scores};

/// The shipped family and releases: what scores are read against and gaps are filled from.
pub(super) struct Known {
    pub(super) releases: Vec<Release>,
    family: ReferenceFamily,
    complete: Vec<Scores>,
}

impl Known {
    pub(super) fn shipped() -> anyhow::Result<Self> {
        // A board without a clock battery believes in 1970: the shipped dates are held by a test instead.
        let releases = published::releases(Date::MAX)?;
        let complete = release::complete(&releases);
        Ok(Self { releases, family: ReferenceFamily::parse(published::REFERENCE_CURVES)?, complete })
    }

    fn grader(&self) -> Grader<'_> {
        Grader { family: &self.family, complete: &self.complete }
    }
}

/// Which releases count.
pub(super) struct Filter<'a> {
    pub(super) kinds: &'a [Kind],
    pub(super) families: &'a [String],
    pub(super) source: Option<&'a str>,
    /// Scores that must be there, of five; the others are imputed.
    pub(super) least_scores: usize,
}

impl Filter<'_> {
    /// Why a release does not count.
    fn refuses(&self, release: &Release) -> Option<&'static str> {
        let kinds = if self.kinds.is_empty() { &[Kind::Base][..] } else { self.kinds };
        let kind = match release.kind {
            release::Kind::Base => Kind::Base,
            release::Kind::Moe => Kind::Moe,
            release::Kind::Instruct => Kind::Instruct,
        };
        let mut sources = release.sources.iter().flatten();
        if !kinds.contains(&kind) {
            Some("another kind")
        } else if !self.families.is_empty() && !self.families.iter().any(|wanted| release.family.starts_with(wanted)) {
            Some("another family")
        } else if release.scores.present().count() < self.least_scores {
            Some("not enough of the five scores")
        } else if self.source.is_some_and(|wanted| !sources.all(|source| source.contains(wanted))) {
            Some("another source")
        } else if release.kind == release::Kind::Moe && release.active_params.is_none() {
            Some("a mixture whose active parameters are not known")
        } else {
            None
        }
    }
}

/// Models with the standard deviation of their ln ρ.
pub(super) type Measured = Vec<(DatedDensity, f64)>;

/// The densities of the releases that count, and how many were left out for which reason.
pub(super) fn densities(
    file: &str,
    releases: &[Release],
    known: &Known,
    filter: &Filter<'_>,
) -> anyhow::Result<(Measured, BTreeMap<&'static str, usize>)> {
    let mut found = Vec::new();
    let mut left_out = BTreeMap::new();
    for release in releases {
        let mut leave_out = |reason| *left_out.entry(reason).or_insert(0) += 1;
        if let Some(reason) = filter.refuses(release) {
            leave_out(reason);
            continue;
        }
        let size = size(release.params, release.active_params);
        match known.grader().grade(&release.scores, size, Evaluators::Many) {
            Ok(graded) => {
                let (model, date) = (release.model.clone(), release.date);
                found.push((DatedDensity { model, date, density: graded.density }, graded.deviation));
            }
            Err(_) => leave_out("scores at chance or outside the curve's range"),
        }
    }
    if found.is_empty() {
        bail!("{file}: no release is left by the filters");
    }
    Ok((found, left_out))
}

/// The shipped panels, each as its own frontier; a panel lacks at most one benchmark, which is imputed.
pub(super) fn panels(known: &Known) -> anyhow::Result<Vec<(String, Frontier)>> {
    let mut groups: BTreeMap<String, Measured> = BTreeMap::new();
    for row in panels::shipped(Date::MAX)? {
        let size = size(row.params, row.active_params);
        if let Ok(graded) = known.grader().grade(&row.scores, size, Evaluators::One) {
            let model = DatedDensity { model: row.model, date: row.date, density: graded.density };
            groups.entry(row.panel).or_default().push((model, graded.deviation));
        }
    }
    groups.into_iter().map(|(panel, models)| Ok((panel, Frontier::measured(models)?))).collect()
}

/// A row of a table as the law takes it.
pub(super) fn dated(row: PublishedDensity) -> DatedDensity {
    DatedDensity { model: row.model, date: row.date, density: row.density }
}

fn size(total: Params, active: Option<Params>) -> Size {
    Size { active: active.unwrap_or(total), ..Size::dense(total) }
}
