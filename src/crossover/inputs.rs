//! What all crossings rest on: the published tables as of a day.

use jiff::civil::Date;

use super::error::CrossingError;
use crate::density::from_scores::{ModelScores, ModelSize, from_scores};
use crate::density::inputs::Inputs as DensityInputs;
use crate::density::measured::dated;
use crate::law::frontier::DatedDensity;
use crate::published::Library;
use crate::published::densities::PublishedDensity;
use crate::published::releases::{Release, ReleaseKind};
use crate::stat::{Bootstrap, Sample};

/// Nominal coverage of the intervals.
pub const LEVEL: f64 = 0.95;

/// A model as released, with what first releases and the frontier need.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// Name.
    pub model: String,
    /// Release date.
    pub date: Date,
    /// All parameters.
    pub total_params: f64,
    /// Parameters used per token.
    pub active_params: f64,
    /// N̂ by its published scores.
    pub effective_params: f64,
}

/// Density of the format that is run over the 16-bit original's, as ln mean and deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FormatDensity {
    /// The ratio.
    pub ratio: f64,
    /// Standard deviation of its logarithm for a new model.
    pub deviation: f64,
}

impl FormatDensity {
    /// Of 4-bit formats: every model of the table with a quantised row beside it (`NAME-GGUF`, `NAME-GPTQ`). Geometric
    /// mean of the ratios; the deviation is that of a new model, s·√(1 + 1/n).
    ///
    /// # Errors
    /// Fewer than two such pairs: a spread needs two.
    pub fn four_bit(densities: &[(DatedDensity, f64)]) -> Result<Self, CrossingError> {
        let density = |name: &str| densities.iter().find(|(row, _)| row.model == name).map(|(row, _)| row.density);
        let ratio = |(row, _): &(DatedDensity, f64)| {
            let original = QUANTISED.iter().find_map(|suffix| row.model.strip_suffix(suffix))?;
            Some((row.density / density(original)?).ln())
        };
        let found = Sample::new(densities.iter().filter_map(ratio).collect()).ok();
        let spread = found.as_ref().and_then(|logs| Some((logs, logs.standard_deviation()?)));
        let (logs, deviation) = spread.ok_or(CrossingError::NoFormatPairs)?;
        Ok(Self { ratio: logs.mean().exp(), deviation: deviation * (1.0 + 1.0 / logs.len() as f64).sqrt() })
    }
}

/// Endings of the names of quantised models in the table of densities.
const QUANTISED: [&str; 2] = ["-GGUF", "-GPTQ"];

/// What all crossings rest on.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Densities that the law is fitted to, with the parameters that decide whether they fit a class.
    pub densities: Vec<(DatedDensity, f64)>,
    /// Releases with published scores, for the first that meets a capability.
    pub releases: Vec<Released>,
    /// Density of the format.
    pub format: FormatDensity,
    /// Today.
    pub today: Date,
    /// Resamples and seed.
    pub run: Bootstrap,
}

impl Inputs {
    /// The library as of a day: what came out later does not count.
    ///
    /// # Errors
    /// The density of 4-bit formats is not known.
    pub fn of(library: &Library, today: Date, run: Bootstrap) -> Result<Self, CrossingError> {
        let inputs = DensityInputs::of(library);
        let out = library.releases.iter().filter(|release| release.date <= today);
        let releases = out.filter_map(|release| released(release, &inputs)).collect();
        let mut densities: Vec<(DatedDensity, f64)> = library.densities.iter().filter_map(sized).collect();
        let format = FormatDensity::four_bit(&densities)?;
        densities.retain(|(density, _)| density.date <= today);
        Ok(Self { densities, releases, format, today, run })
    }
}

/// A density of the paper's main figure, with total parameters.
fn sized(row: &PublishedDensity) -> Option<(DatedDensity, f64)> {
    Some((dated(row), row.params_b? * 1e9))
}

/// A release with all five scores; chat models are judged by another protocol and stay out.
fn released(release: &Release, inputs: &DensityInputs<'_>) -> Option<Released> {
    if release.kind == ReleaseKind::Instruct || release.scores.five_mean().is_none() {
        return None;
    }
    let scores = ModelScores::published(release.scores);
    let assessed = from_scores(inputs, &scores, ModelSize::of(release)).ok()?;
    Some(Released {
        model: release.model.clone(),
        date: release.date,
        total_params: release.params.count(),
        active_params: release.active_params.unwrap_or(release.params).count(),
        effective_params: assessed.capability.effective.point.count(),
    })
}
