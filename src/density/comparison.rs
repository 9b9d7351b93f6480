//! Every release beside the densities of the paper's figure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::from_scores::{Assessed, ModelScores, ModelSize, active, from_scores};
use super::inputs::Inputs;
use super::report::DensityReport;
use crate::law::density::ParamBasis;
use crate::law::impute::ImputeError;
use crate::published::Library;
use crate::published::releases::{Release, ReleaseKind};
use crate::stat::rank::spearman;
use crate::unit::iso::IsoDate;
use crate::unit::{Benchmark, Params, ScoreError, Scores};

/// A ratio to the figure beyond this factor, up or down, is named.
pub const OUTLIER_FACTOR: f64 = 1.35;

/// Which releases are assessed, and as what.
#[derive(Debug, Clone, Copy)]
pub struct AllPlan {
    /// Which parameters count.
    pub basis: ParamBasis,
    /// Bits per weight.
    pub bits: f64,
}

/// A release with its density and that of the figure.
#[derive(Debug)]
pub struct AssessedRelease<'a> {
    /// The release.
    pub release: &'a Release,
    /// What counts of it.
    pub size: ModelSize,
    /// Whether the parameters asked for are on record.
    pub basis: ParamBasis,
    /// Its density, or why there is none.
    pub assessed: Result<Assessed, ImputeError>,
    /// Name and density in the paper's figure.
    pub figure: Option<(&'a str, f64)>,
}

impl AssessedRelease<'_> {
    /// Density over that of the figure.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.assessed.as_ref().ok()?.densities.by_params.point.ratio() / self.figure.as_ref()?.1)
    }

    /// Dense, base, in the figure, with all five scores: the rows that the paper's own route can be checked on.
    #[must_use]
    pub fn comparable(&self) -> bool {
        self.release.kind == ReleaseKind::Base && self.release.scores.five_mean().is_some() && self.ratio().is_some()
    }
}

/// All releases, by date, with what the comparison says.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The releases.
    pub releases: Vec<AssessedRelease<'a>>,
    /// The comparable ones together; `None` where there are none.
    pub agreement: Option<Agreement>,
    /// Releases far from the figure, the farthest first.
    pub outliers: Vec<Outlier>,
}

/// How far our densities are from the figure's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Agreement {
    /// Comparable releases.
    pub n: usize,
    /// Median of |ln ratio|.
    pub median_abs_ln_ratio: f64,
    /// Rank correlation.
    pub spearman: Option<f64>,
    /// For how many the figure's density lies in our interval.
    pub figure_inside_interval: usize,
    /// Models of the figure that no release goes by.
    pub figure_models_without_release: Vec<String>,
}

/// A release far from the figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Outlier {
    /// The release.
    pub model: String,
    /// Density over that of the figure.
    pub ratio: f64,
    /// What may be behind it.
    pub explanation: String,
}

/// The document of all releases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ComparisonReport {
    /// The reference curve.
    pub reference: String,
    /// Tokens of pre-training of the reference family.
    pub d0_tokens: f64,
    /// The chip and the request of the density by inference time.
    pub cost: Cost,
    /// A row a release.
    pub rows: Vec<ReleaseRow>,
    /// The comparable ones together.
    pub comparison: Option<Agreement>,
    /// Releases far from the figure.
    pub outliers: Vec<Outlier>,
}

/// A release in the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReleaseRow {
    /// Its density.
    #[serde(flatten)]
    pub density: DensityReport,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Its kind.
    pub kind: ReleaseKind,
    /// The figure's density of it.
    pub figure: Option<FigureDensity>,
    /// Whether it counts in the comparison.
    pub comparable: bool,
}

/// A density of the paper's figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FigureDensity {
    /// Its name there.
    pub model: String,
    /// The density there.
    pub density: f64,
    /// Ours over that.
    pub ratio: Option<f64>,
}

impl<'a> Comparison<'a> {
    /// Assesses all releases of the library and holds them against its densities.
    ///
    /// # Errors
    /// Another protocol's scores that are none.
    pub fn of(inputs: &Inputs<'_>, library: &'a Library, plan: AllPlan) -> Result<Self, ScoreError> {
        let mut releases: Vec<AssessedRelease<'a>> =
            library.releases.iter().map(|release| assess(inputs, release, plan)).collect();
        releases.sort_by_key(|line| line.release.date);
        let mut without_release = Vec::new();
        for figure in &library.densities {
            match library.find(&figure.model) {
                Some(found) => {
                    if let Some(line) = releases.iter_mut().find(|line| line.release.model == found.model) {
                        line.figure = Some((&figure.model, figure.density));
                    }
                }
                None => without_release.push(figure.model.clone()),
            }
        }
        let agreement = agreement(&releases, without_release);
        let outliers = outliers(inputs, library, &releases)?;
        Ok(Self { releases, agreement, outliers })
    }

    /// For `--json`.
    #[must_use]
    pub fn report(&self, inputs: &Inputs<'_>) -> ComparisonReport {
        ComparisonReport {
            reference: format!("{}/average", inputs.family.id),
            d0_tokens: inputs.d0,
            cost: inputs.cost.clone(),
            rows: self.releases.iter().map(|line| row(inputs, line)).collect(),
            comparison: self.agreement.clone(),
            outliers: self.outliers.clone(),
        }
    }
}

/// The parameters of a release that count; `None` where they are not on record.
#[must_use]
pub fn counted_params(release: &Release, basis: ParamBasis) -> Option<Params> {
    match basis {
        ParamBasis::Total => Some(release.params),
        ParamBasis::NonEmbedding => release.non_embedding_params,
    }
}

fn assess<'a>(inputs: &Inputs<'_>, release: &'a Release, plan: AllPlan) -> AssessedRelease<'a> {
    // Not every release has its embedding size on record; those keep the total and say so in `basis`.
    let counted = counted_params(release, plan.basis);
    let size = ModelSize { params: counted.unwrap_or(release.params), active: active(release), bits: plan.bits };
    AssessedRelease {
        release,
        size,
        basis: if counted.is_some() { plan.basis } else { ParamBasis::Total },
        assessed: from_scores(inputs, &ModelScores::published(release.scores), size),
        figure: None,
    }
}

fn agreement(lines: &[AssessedRelease<'_>], without_release: Vec<String>) -> Option<Agreement> {
    let rows: Vec<(f64, f64, bool)> = lines
        .iter()
        .filter(|line| line.comparable())
        .filter_map(|line| {
            let (ours, (_, figure)) = (&line.assessed.as_ref().ok()?.densities.by_params, line.figure.as_ref()?);
            let inside = ours.low.is_none_or(|low| low.ratio() <= *figure)
                && ours.high.is_none_or(|high| *figure <= high.ratio());
            Some((ours.point.ratio(), *figure, inside))
        })
        .collect();
    let mut logs: Vec<f64> = rows.iter().map(|(ours, figure, _)| (ours / figure).ln().abs()).collect();
    logs.sort_by(f64::total_cmp);
    let n = logs.len();
    let median_abs_ln_ratio = match n {
        0 => return None,
        n if n % 2 == 1 => logs[n / 2],
        n => (logs[n / 2 - 1] + logs[n / 2]) / 2.0,
    };
    let (ours, figure): (Vec<f64>, Vec<f64>) = rows.iter().map(|(o, f, _)| (*o, *f)).unzip();
    Some(Agreement {
        n,
        median_abs_ln_ratio,
        spearman: spearman(&ours, &figure),
        figure_inside_interval: rows.iter().filter(|(.., inside)| *inside).count(),
        figure_models_without_release: without_release,
    })
}

fn outliers(inputs: &Inputs<'_>, library: &Library, lines: &[AssessedRelease<'_>]) -> Result<Vec<Outlier>, ScoreError> {
    let mut found = Vec::new();
    for line in lines {
        let (Some(ratio), Some((_, figure))) = (line.ratio(), &line.figure) else { continue };
        if ratio.ln().abs() <= OUTLIER_FACTOR.ln() {
            continue;
        }
        let release = line.release;
        let mut reasons = Vec::new();
        if !release.scores.missing().is_empty() {
            let names: Vec<_> = release.scores.missing().iter().map(|b| b.name()).collect();
            reasons.push(format!("{} imputed", names.join(", ")));
        }
        let by_time = line.assessed.as_ref().ok().and_then(|assessed| assessed.densities.by_time.as_ref());
        if let (ReleaseKind::Moe, Some(by_time)) = (release.kind, by_time) {
            reasons.push(format!(
                "counted here by total parameters; by inference time {:.2}x the figure",
                by_time.point.ratio() / figure
            ));
        }
        if let Some(alternate) = library.alternates.iter().find(|a| a.release == release.model) {
            reasons.push(match under(inputs, line, &alternate.scores)? {
                Some(density) => format!("with {}: {:.2}x the figure", alternate.explanation, density / figure),
                None => alternate.explanation.clone(),
            });
        }
        if reasons.is_empty() {
            reasons.push("no other protocol of its scores is on record".to_owned());
        }
        found.push(Outlier { model: release.model.clone(), ratio, explanation: reasons.join("; ") });
    }
    found.sort_by(|a, b| b.ratio.ln().abs().total_cmp(&a.ratio.ln().abs()));
    Ok(found)
}

/// The density of a release with some scores replaced; `None` where there is nothing to replace.
fn under(inputs: &Inputs<'_>, line: &AssessedRelease<'_>, other: &Scores) -> Result<Option<f64>, ScoreError> {
    if other.present().next().is_none() {
        return Ok(None);
    }
    let own = line.release.scores;
    let scores = Scores::from_percent(Benchmark::ALL.map(|b| other.percent(b).or(own.percent(b))))?;
    let assessed = from_scores(inputs, &ModelScores::published(scores), line.size);
    Ok(assessed.ok().map(|found| found.densities.by_params.point.ratio()))
}

fn row(inputs: &Inputs<'_>, line: &AssessedRelease<'_>) -> ReleaseRow {
    let scores = ModelScores::published(line.release.scores);
    ReleaseRow {
        density: DensityReport {
            model: Some(line.release.model.clone()),
            basis: Some(line.basis),
            ..DensityReport::of_scores(inputs, &scores, line.size, line.assessed.as_ref())
        },
        date: line.release.date,
        kind: line.release.kind,
        figure: line.figure.map(|(name, density)| FigureDensity {
            model: name.to_owned(),
            density,
            ratio: line.ratio(),
        }),
        comparable: line.comparable(),
    }
}
