//! Capabilities to be met, by name.

use std::collections::BTreeSet;
use std::error::Error;

use crate::density::reference_family::DensityFamily;
use crate::density::scored::level_of;
use crate::law::arrival::release::{BILLION, Level};
use crate::law::edge::{FEWEST_PARAMS, MOST_PARAMS};
use crate::law::impute::ImputeError;
use crate::law::noise::common_evaluator_sd;
use crate::law::reference::ReferenceError;
use crate::published::Library;
use crate::stat::{Estimate, TWO_SIDED_95};
use crate::unit::Params;

/// The level that sentences speak of.
pub const GPT_4: &str = "gpt-4";

/// The levels that are asked for unless others are.
pub const USUAL: &str = "gpt-3.5,gpt-4,gpt-4o-mini,gpt-4o";

/// A capability to be met.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Name: `gpt-4`, `score=70`, `params=7e9`, or a release's; `edge:` stands before those of the edge family.
    pub capability: String,
    /// The family that its level is of.
    pub family: DensityFamily,
    /// N̂, what the reference family needs for it.
    pub effective_params: Estimate,
    /// ln N̂ with its doubt: what another evaluation of the level may find.
    pub level: Level,
}

/// Why a name is no capability that can be met.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No such name.
    #[error("no capability `{name}`; known: {known}, a model of models/releases.csv, score=PERCENT, params=COUNT")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The short names.
        known: String,
    },
    /// A count or a score that is none.
    #[error("`{name}`: `{text}` is not a number above zero")]
    NotPositive {
        /// What was asked for.
        name: String,
        /// The number in it.
        text: String,
    },
    /// No level of the edge family.
    #[error("no level `{name}` in the edge family; known: params=COUNT of {least} to {most}, and the models of models/edge_releases.csv, such as {known}", least = Params::from_count(FEWEST_PARAMS), most = Params::from_count(MOST_PARAMS))]
    NotOfEdge {
        /// What was asked for.
        name: String,
        /// Some that there are.
        known: &'static str,
    },
    /// A score above 100.
    #[error("`{0}`: a score is a percentage, at most 100")]
    AbovePercent(String),
    /// A score that the curve does not reach.
    #[error("capability `{name}` is out of the reference curve's reach")]
    Score {
        /// What was asked for.
        name: String,
        /// Why.
        source: ReferenceError,
    },
    /// A level that the curve does not reach.
    #[error("capability `{name}` is out of the reference curve's reach")]
    Level {
        /// What was asked for.
        name: String,
        /// Why.
        source: ImputeError,
    },
    /// Not one of several is within reach.
    #[error("{0}")]
    None(String),
}

impl TargetError {
    /// Whether what was asked for is no capability at all.
    #[must_use]
    pub const fn is_no_name(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::NotOfEdge { .. } | Self::NotPositive { .. } | Self::AbovePercent(_))
    }
}

impl Target {
    /// A capability by name: a level or a release of the library, `score=PERCENT` or `params=COUNT`.
    ///
    /// # Errors
    /// A name that is none, or a level that the reference curve does not reach.
    pub fn named(name: &str, library: &Library) -> Result<Self, TargetError> {
        Self::judged(name, library, common_evaluator_sd())
    }

    /// The same where one evaluator shifts all scores by `common_sd` points (standard deviation).
    ///
    /// # Errors
    /// As [`Target::named`].
    pub fn judged(name: &str, library: &Library, common_sd: f64) -> Result<Self, TargetError> {
        let given = |point: f64| (Level::given(point), Estimate::new(point, point, point, 0.95, "given"));
        let number = |text| number(name, text);
        let family = &library.family;
        let (level, effective_params) = if let Some(text) = name.strip_prefix("params=") {
            given(number(text)?)
        } else if let Some(text) = name.strip_prefix("score=") {
            let score = number(text)?;
            if score > 100.0 {
                return Err(TargetError::AbovePercent(name.to_owned()));
            }
            let params = family.average.effective_params(score, family.d0_tokens);
            given(params.map_err(|source| TargetError::Score { name: name.to_owned(), source })?.count())
        } else {
            let level = published(name, library, common_sd)?;
            (level, effective(level, "log-normal: spread of evaluators, counting and imputation through the curve"))
        };
        Ok(Self { capability: name.to_owned(), family: DensityFamily::Xiao2025, effective_params, level })
    }

    /// The usual levels.
    ///
    /// # Errors
    /// As [`Target::all`].
    pub fn usual(library: &Library) -> Result<(Vec<Self>, Vec<String>), TargetError> {
        Self::all(&USUAL.split(',').map(str::to_owned).collect::<Vec<_>>(), library)
    }

    /// Capabilities by name, each once, and why some of them have no date: a level that the reference curve does not
    /// reach says nothing about the others.
    ///
    /// # Errors
    /// A name that is none, or when not one is within reach.
    pub fn all(names: &[String], library: &Library) -> Result<(Vec<Self>, Vec<String>), TargetError> {
        let mut seen = BTreeSet::new();
        let mut targets = Vec::new();
        let mut out_of_reach = Vec::new();
        for name in names.iter().filter(|name| seen.insert(name.to_lowercase())) {
            match Self::named(name, library) {
                Ok(target) => targets.push(target),
                Err(error) if error.is_no_name() => return Err(error),
                Err(error) => out_of_reach.push(with_causes(&error)),
            }
        }
        if targets.is_empty() {
            return Err(TargetError::None(out_of_reach.join("; ")));
        }
        Ok((targets, out_of_reach))
    }
}

/// The number in a name such as `score=70`.
pub(super) fn number(name: &str, text: &str) -> Result<f64, TargetError> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    value.ok_or_else(|| TargetError::NotPositive { name: name.to_owned(), text: text.to_owned() })
}

/// N̂ of a level.
pub(super) fn effective(level: Level, method: &'static str) -> Estimate {
    let at = |z: f64| BILLION * (level.ln + z * level.deviation).exp();
    Estimate::new(at(0.0), at(-TWO_SIDED_95), at(TWO_SIDED_95), 0.95, method)
}

/// The level of a row of the capabilities or of the releases.
fn published(name: &str, library: &Library, common_sd: f64) -> Result<Level, TargetError> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let short = library.capabilities.iter().find(|level| level.short.as_deref().is_some_and(is));
    let levels = library.capabilities.iter().map(|level| (&level.name, &level.scores));
    let releases = library.releases.iter().map(|release| (&release.model, &release.scores));
    let named = || levels.chain(releases).find(|(known, _)| is(known)).map(|(_, scores)| scores);
    let Some(scores) = short.map(|level| &level.scores).or_else(named) else {
        let known = library.capabilities.iter().filter_map(|level| level.short.as_deref());
        return Err(TargetError::Unknown { name: name.to_owned(), known: known.collect::<Vec<_>>().join(", ") });
    };
    level_of(library, scores, common_sd).map_err(|source| TargetError::Level { name: name.to_owned(), source })
}

/// An error and what is behind it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
