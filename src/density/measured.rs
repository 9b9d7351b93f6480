//! Releases and panels as the law takes them: a density with the deviation of its logarithm.

use std::collections::BTreeMap;

use super::from_scores::{Evaluators, ModelScores, ModelSize, active, from_scores};
use super::inputs::Inputs;
use crate::law::frontier::{DatedDensity, Frontier, FrontierError};
use crate::law::impute::ImputeError;
use crate::published::Library;
use crate::published::densities::PublishedDensity;
use crate::published::releases::{Release, ReleaseKind};
use crate::unit::Scores;

/// Which releases count.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Kinds; none given: base models.
    pub kinds: Vec<ReleaseKind>,
    /// How the names of families begin; none given: all.
    pub families: Vec<String>,
    /// What every source of a score contains.
    pub source: Option<String>,
    /// Scores that must be there, of five; the others are imputed.
    pub least_scores: usize,
}

impl Filter {
    /// Base models with at least so many scores.
    #[must_use]
    pub const fn base(least_scores: usize) -> Self {
        Self { kinds: Vec::new(), families: Vec::new(), source: None, least_scores }
    }

    /// Why a release does not count.
    fn refuses(&self, release: &Release) -> Option<&'static str> {
        let kinds = if self.kinds.is_empty() { &[ReleaseKind::Base][..] } else { &self.kinds };
        let mut sources = release.sources.iter().flatten();
        if !kinds.contains(&release.kind) {
            Some("another kind")
        } else if !self.families.is_empty() && !self.families.iter().any(|wanted| release.family.starts_with(wanted)) {
            Some("another family")
        } else if release.scores.present().count() < self.least_scores {
            Some("not enough of the five scores")
        } else if !release.scores.missing().is_empty() && !release.fit_for_imputation() {
            Some("missing scores of a model that is unfit for imputation")
        } else if self.source.as_ref().is_some_and(|wanted| !sources.all(|source| source.contains(wanted))) {
            Some("another source")
        } else if active(release).is_none() {
            Some("a mixture whose active parameters are not known")
        } else {
            None
        }
    }
}

/// Models with the standard deviation of their ln ρ.
pub type Measured = Vec<(DatedDensity, f64)>;

/// How many releases were left out for which reason.
pub type LeftOut = BTreeMap<&'static str, usize>;

/// The densities of the library's releases that count, and how many were left out for which reason.
#[must_use]
pub fn of_releases(library: &Library, filter: &Filter) -> (Measured, LeftOut) {
    let inputs = Inputs::of(library);
    let mut found = Vec::new();
    let mut left_out = LeftOut::new();
    for release in &library.releases {
        let mut leave_out = |reason| *left_out.entry(reason).or_insert(0) += 1;
        if let Some(reason) = filter.refuses(release) {
            leave_out(reason);
            continue;
        }
        match by_time(&inputs, release.scores, ModelSize::of(release), Evaluators::Many) {
            Ok((density, deviation)) => {
                found.push((DatedDensity { model: release.model.clone(), date: release.date, density }, deviation));
            }
            Err(_) => leave_out("scores at chance or outside the curve's range"),
        }
    }
    (found, left_out)
}

/// The library's panels, each as its own frontier; a panel lacks at most one benchmark, which is imputed.
///
/// # Errors
/// A model that is twice in a panel.
pub fn of_panels(library: &Library) -> Result<Vec<(String, Frontier)>, FrontierError> {
    let inputs = Inputs::of(library);
    let mut groups: BTreeMap<String, Measured> = BTreeMap::new();
    for row in &library.panels {
        let size = ModelSize::sixteen_bit(row.params, Some(row.active_params.unwrap_or(row.params)));
        if let Ok((density, deviation)) = by_time(&inputs, row.scores, size, Evaluators::One) {
            let model = DatedDensity { model: row.model.clone(), date: row.date, density };
            groups.entry(row.panel.clone()).or_default().push((model, deviation));
        }
    }
    groups.into_iter().map(|(panel, models)| Ok((panel, Frontier::measured(models)?))).collect()
}

/// Density by inference time (by parameters for a dense model, where the two are the same) with its deviation.
fn by_time(
    inputs: &Inputs<'_>,
    scores: Scores,
    size: ModelSize,
    evaluators: Evaluators,
) -> Result<(f64, f64), ImputeError> {
    let assessed = from_scores(inputs, &ModelScores::published(scores), size)?;
    let density = assessed.densities.by_time.as_ref().unwrap_or(&assessed.densities.by_params).point.ratio();
    Ok((density, assessed.ln_deviation(inputs, evaluators)?))
}

/// A row of a table of densities as the law takes it.
#[must_use]
pub fn dated(row: &PublishedDensity) -> DatedDensity {
    DatedDensity { model: row.model.clone(), date: row.date, density: row.density }
}
