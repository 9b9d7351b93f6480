//! A reference family fitted to losses and scores of one's own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::law::edge::floor_law::FloorLaw;
use crate::law::family::{FamilyError, ReferenceFamily};
use crate::law::fit::{Fitted, LossPoint, Resampling, ScorePoint, floor_step, loss_step, performance_step};
use crate::law::reference::{JOURNAL_D0_TOKENS, LossKind, LossLaw, LossUnit, ReferenceCurve, ScoreLaw};
use crate::published::reference_points;
use crate::stat::Estimate;
use crate::stat::least_squares::FitError;
use crate::table::TableError;

/// A table with its name for messages.
#[derive(Debug, Clone)]
pub struct NamedTable {
    /// Its file.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What is fitted.
#[derive(Debug, Clone)]
pub struct FitPlan {
    /// Losses of reference models.
    pub losses: Option<NamedTable>,
    /// Whether the loss step has a floor; it is then fitted by relative residuals.
    pub floor: bool,
    /// Scores at losses.
    pub points: Option<NamedTable>,
    /// Whether loss 0 counts as a score of 100 %.
    pub anchored: bool,
    /// Resamples and seed.
    pub resampling: Resampling,
}

/// Both steps by benchmark.
#[derive(Debug, Clone, Default)]
pub struct FamilyFit {
    /// Loss of parameters and tokens.
    pub losses: BTreeMap<String, Fitted<LossLaw>>,
    /// Loss of parameters and tokens, with a floor.
    pub floors: BTreeMap<String, Fitted<FloorLaw>>,
    /// Score of loss.
    pub scores: BTreeMap<String, Fitted<ScoreLaw>>,
}

/// Why nothing was fitted.
#[derive(Debug, thiserror::Error)]
pub enum FamilyFitError {
    /// A table that is none.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Points that determine nothing.
    #[error("{file}, benchmark {benchmark}")]
    Fit {
        /// The table.
        file: String,
        /// The benchmark.
        benchmark: String,
        /// Why.
        source: FitError,
    },
}

impl FamilyFit {
    /// Fits what the plan has points for.
    ///
    /// # Errors
    /// A table that does not parse, or points that determine nothing.
    pub fn of(plan: &FitPlan) -> Result<Self, FamilyFitError> {
        let mut fit = Self::default();
        if let Some(NamedTable { name, text }) = &plan.losses {
            let mut curves: BTreeMap<String, Vec<LossPoint>> = BTreeMap::new();
            for row in reference_points::losses(name, text)? {
                let point = LossPoint { params: row.params, tokens: row.tokens, loss: row.loss };
                curves.entry(row.benchmark).or_default().push(point);
            }
            if plan.floor {
                fit.floors = by_benchmark(name, curves, |points| floor_step(points, plan.resampling))?;
            } else {
                fit.losses = by_benchmark(name, curves, |points| loss_step(points, plan.resampling))?;
            }
        }
        if let Some(NamedTable { name, text }) = &plan.points {
            let mut curves: BTreeMap<String, Vec<ScorePoint>> = BTreeMap::new();
            for row in reference_points::scores(name, text)? {
                let points = curves.entry(row.benchmark).or_default();
                if !row.held_out {
                    points.push(ScorePoint { loss: row.loss, percent: row.percent });
                }
            }
            let step = |points: &[ScorePoint]| performance_step(points, plan.anchored, plan.resampling);
            fit.scores = by_benchmark(name, curves, step)?;
        }
        Ok(fit)
    }

    /// Names of the curves.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        self.losses.keys().chain(self.floors.keys()).chain(self.scores.keys()).map(String::as_str).collect()
    }

    /// The family of the curves that have both steps.
    ///
    /// # Errors
    /// No average, or coefficients that no curve can have.
    pub fn family(
        &self,
        kind: LossKind,
        unit: LossUnit,
        d0: Option<f64>,
        source: String,
    ) -> Result<ReferenceFamily, FamilyError> {
        let mut curves = BTreeMap::new();
        for (name, loss) in &self.losses {
            if let Some(score) = self.scores.get(name) {
                curves.insert(name.clone(), ReferenceCurve { loss: loss.law, score: score.law, kind, unit });
            }
        }
        ReferenceFamily::new("own", source, d0.unwrap_or(JOURNAL_D0_TOKENS), curves)
    }

    /// For `--json`.
    #[must_use]
    pub fn report(&self, plan: &FitPlan) -> FamilyFitReport {
        let curve = |name: &str| CurveReport {
            loss: self.losses.get(name).map(StepReport::of),
            loss_with_floor: self.floors.get(name).map(StepReport::of),
            score: self.scores.get(name).map(StepReport::of),
        };
        FamilyFitReport {
            curves: self.names().into_iter().map(|name| (name.to_owned(), curve(name))).collect(),
            seed: plan.resampling.seed,
            anchored: plan.points.is_some() && plan.anchored,
        }
    }
}

fn by_benchmark<P, L>(
    file: &str,
    curves: BTreeMap<String, Vec<P>>,
    step: impl Fn(&[P]) -> Result<Fitted<L>, FitError>,
) -> Result<BTreeMap<String, Fitted<L>>, FamilyFitError> {
    let fitted = curves.into_iter().map(|(benchmark, points)| match step(&points) {
        Ok(fitted) => Ok((benchmark, fitted)),
        Err(source) => Err(FamilyFitError::Fit { file: file.to_owned(), benchmark, source }),
    });
    fitted.collect()
}

/// The document of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FamilyFitReport {
    /// By benchmark.
    pub curves: BTreeMap<String, CurveReport>,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Whether loss 0 counted as a score of 100 %.
    pub anchored: bool,
}

/// One curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CurveReport {
    /// Loss of parameters and tokens.
    pub loss: Option<StepReport<LossLaw>>,
    /// The same with a floor, of relative residuals, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_with_floor: Option<StepReport<FloorLaw>>,
    /// Score of loss.
    pub score: Option<StepReport<ScoreLaw>>,
}

/// One step of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StepReport<L> {
    /// The law at the minimum.
    pub law: L,
    /// Each coefficient with its bootstrap interval.
    pub coefficients: BTreeMap<String, Estimate>,
    /// Scatter of the residuals.
    pub residual_sd: f64,
    /// Their sum of squares.
    pub residual_squares: f64,
    /// The parameters of the search at the minimum.
    pub search_parameters: Vec<f64>,
    /// Their covariance; null where it is singular.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Condition number of the design; null where it is infinite.
    pub condition_number: Option<f64>,
    /// Starts that were tried.
    pub starts: usize,
    /// Starts that ended at the minimum.
    pub agreeing_starts: usize,
    /// Another minimum that the points do not rule out.
    pub rival: Option<RivalReport>,
    /// Points behind the fit.
    pub points: usize,
    /// Bootstrap resamples that converged.
    pub resamples: usize,
    /// What to know before using the law.
    pub warnings: Vec<String>,
}

/// Another minimum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RivalReport {
    /// Its parameters.
    pub search_parameters: Vec<f64>,
    /// Its sum of squares.
    pub residual_squares: f64,
}

impl<L: Copy> StepReport<L> {
    fn of(fitted: &Fitted<L>) -> Self {
        let fit = &fitted.fit;
        Self {
            law: fitted.law,
            coefficients: fitted.coefficients.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            residual_sd: fit.residual_sd,
            residual_squares: fit.residual_squares,
            search_parameters: fit.parameters.clone(),
            covariance: fit.covariance.clone(),
            condition_number: Some(fit.condition_number).filter(|number| number.is_finite()),
            starts: fit.starts,
            agreeing_starts: fit.agreeing_starts,
            rival: fit.rival.as_ref().map(|rival| RivalReport {
                search_parameters: rival.parameters.clone(),
                residual_squares: rival.residual_squares,
            }),
            points: fitted.points,
            resamples: fitted.resamples,
            warnings: fitted.warnings.clone(),
        }
    }
}
