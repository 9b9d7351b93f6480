//! The five-benchmark mean of a model with gaps, by regression on the releases that have all five.

use super::reference::ReferenceError;
use crate::stat::least_squares::{FitError, Linear};
use crate::unit::{Benchmark, Scores};

/// Why a mean cannot be imputed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImputeError {
    /// No score at all.
    #[error("no score is given, so there is nothing to impute from")]
    NoScore,
    /// The regression on the complete releases does not exist.
    #[error("the missing scores cannot be imputed: {0}")]
    Regression(#[from] FitError),
    /// The curve's range.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

/// A five-benchmark mean, with what is imputed in it.
#[derive(Debug, Clone, PartialEq)]
pub struct FiveMean {
    /// The mean in percent.
    pub percent: f64,
    /// Benchmarks whose score was imputed (empty: none).
    pub imputed: Vec<Benchmark>,
    /// The imputed scores in percent, in the order of `imputed`.
    pub imputed_percent: Vec<f64>,
    /// How much the mean moves when the score of each benchmark moves by one point (0 for an imputed one).
    pub weights: [f64; 5],
    /// Standard error of the mean for one new model, by the regression (0 where nothing is imputed), in points.
    pub prediction_sd: f64,
    /// Degrees of freedom of that standard error.
    pub degrees_of_freedom: Option<usize>,
    /// Root mean square error when each complete release is left out in turn, in points of the mean.
    pub leave_one_out_rmse: Option<f64>,
    /// Complete releases behind the regression.
    pub complete_releases: usize,
}

/// A constant, each known score and its square, in units of 100 %.
fn design(known: &[f64]) -> Vec<f64> {
    let mut row = Vec::with_capacity(1 + 2 * known.len());
    row.push(1.0);
    for percent in known {
        row.push(percent / 100.0);
        row.push((percent / 100.0).powi(2));
    }
    row
}

/// The five-benchmark mean of `scores`: the plain mean where all five are there, else with the missing part predicted
/// by least squares (linear and quadratic in the known scores) on those of `releases` that have all five.
///
/// Never a mean over whichever scores are there.
///
/// # Errors
/// No score, or too few complete releases for the regression.
pub fn five_mean(scores: &Scores, releases: &[Scores]) -> Result<FiveMean, ImputeError> {
    let missing = scores.missing();
    if let Some(percent) = scores.five_mean() {
        return Ok(FiveMean {
            percent,
            imputed: Vec::new(),
            imputed_percent: Vec::new(),
            weights: [0.2; 5],
            prediction_sd: 0.0,
            degrees_of_freedom: None,
            leave_one_out_rmse: None,
            complete_releases: 0,
        });
    }
    let known: Vec<(Benchmark, f64)> = scores.present().collect();
    if known.is_empty() {
        return Err(ImputeError::NoScore);
    }
    let given: Vec<Benchmark> = known.iter().map(|(benchmark, _)| *benchmark).collect();
    let complete = Complete::of(&given, releases);
    let missing_part = complete.regress(|s| sum(s, &missing) / 5.0)?;
    let known_percent: Vec<f64> = known.iter().map(|(_, percent)| *percent).collect();
    let here = design(&known_percent);
    let (predicted, prediction_sd) = missing_part.predict(&here);
    let mut imputed_percent = Vec::with_capacity(missing.len());
    for benchmark in &missing {
        let one = complete.regress(|s| sum(s, std::slice::from_ref(benchmark)))?;
        imputed_percent.push(one.predict(&here).0.clamp(0.0, 100.0));
    }
    let mut weights = [0.0; 5];
    for (index, (benchmark, percent)) in known.iter().enumerate() {
        let (linear, square) = (missing_part.coefficients[1 + 2 * index], missing_part.coefficients[2 + 2 * index]);
        weights[*benchmark as usize] = 0.2 + (linear + 2.0 * square * percent / 100.0) / 100.0;
    }
    Ok(FiveMean {
        percent: known_percent.iter().sum::<f64>() / 5.0 + predicted,
        imputed: missing,
        imputed_percent,
        weights,
        prediction_sd,
        degrees_of_freedom: Some(missing_part.degrees_of_freedom),
        leave_one_out_rmse: Some(missing_part.leave_one_out_rmse),
        complete_releases: complete.releases.len(),
    })
}

/// The releases that have all five scores, and the design of their known ones.
struct Complete<'a> {
    releases: Vec<&'a Scores>,
    rows: Vec<Vec<f64>>,
}

impl<'a> Complete<'a> {
    fn of(known: &[Benchmark], releases: &'a [Scores]) -> Self {
        let releases: Vec<&Scores> = releases.iter().filter(|scores| scores.five_mean().is_some()).collect();
        let percent = |scores: &Scores| known.iter().filter_map(|b| scores.percent(*b)).collect::<Vec<_>>();
        let rows = releases.iter().map(|scores| design(&percent(scores))).collect();
        Self { releases, rows }
    }

    fn regress(&self, target: impl Fn(&Scores) -> f64) -> Result<Linear, ImputeError> {
        let targets: Vec<f64> = self.releases.iter().map(|scores| target(scores)).collect();
        Ok(Linear::fit(&self.rows, &targets)?)
    }
}

/// The sum of some scores in percent.
fn sum(scores: &Scores, of: &[Benchmark]) -> f64 {
    of.iter().filter_map(|benchmark| scores.percent(*benchmark)).sum()
}

/// [`five_mean`] of many score rows with the same gaps: the regression is fitted once.
#[derive(Debug, Clone)]
pub struct MeanPredictor {
    known: Vec<Benchmark>,
    missing_part: Option<Linear>,
}

impl MeanPredictor {
    /// A predictor for rows that have the benchmarks of `like`.
    ///
    /// # Errors
    /// As [`five_mean`].
    pub fn new(like: &Scores, releases: &[Scores]) -> Result<Self, ImputeError> {
        let known: Vec<Benchmark> = like.present().map(|(benchmark, _)| benchmark).collect();
        let missing = like.missing();
        if known.is_empty() {
            return Err(ImputeError::NoScore);
        }
        if missing.is_empty() {
            return Ok(Self { known, missing_part: None });
        }
        let missing_part = Complete::of(&known, releases).regress(|scores| sum(scores, &missing) / 5.0)?;
        Ok(Self { known, missing_part: Some(missing_part) })
    }

    /// The benchmarks that a row must have, in the order of its percentages.
    #[must_use]
    pub fn known(&self) -> &[Benchmark] {
        &self.known
    }

    /// The five-benchmark mean of the known scores, in percent.
    #[must_use]
    pub fn mean(&self, percent: &[f64]) -> f64 {
        let predicted = self.missing_part.as_ref().map_or(0.0, |fit| fit.predict(&design(percent)).0);
        percent.iter().sum::<f64>() / 5.0 + predicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predictor_is_the_five_mean() {
        // Steps that share no period, so that no benchmark follows from the others.
        let release = |i: u32| {
            let step = |by: u32| f64::from(i * by % 67);
            Scores::from_percent([
                Some(25.0 + step(1)),
                Some(20.0 + step(5)),
                Some(5.0 + step(11)),
                Some(3.0 + step(29)),
                Some(9.0 + step(43)),
            ])
        };
        let releases: Vec<Scores> = (0..67).map(|i| release(i).unwrap()).collect();
        let part = Scores::from_percent([Some(51.0), None, Some(9.0), None, Some(30.0)]).unwrap();
        let whole = Scores::from_percent([Some(51.0), Some(40.0), Some(9.0), Some(22.0), Some(30.0)]).unwrap();
        for scores in [part, whole] {
            let percent: Vec<f64> = scores.present().map(|(_, percent)| percent).collect();
            let ours = MeanPredictor::new(&scores, &releases).unwrap().mean(&percent);
            approx::assert_relative_eq!(ours, five_mean(&scores, &releases).unwrap().percent, max_relative = 1e-12);
        }
    }
}
