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
    let complete: Vec<&Scores> = releases.iter().filter(|s| s.five_mean().is_some()).collect();
    let at = |s: &Scores, b: Benchmark| s.percent(b).unwrap_or(f64::NAN);
    let rows: Vec<Vec<f64>> =
        complete.iter().map(|s| design(&known.iter().map(|(b, _)| at(s, *b)).collect::<Vec<_>>())).collect();
    let regress =
        |target: &dyn Fn(&Scores) -> f64| Linear::fit(&rows, &complete.iter().map(|s| target(s)).collect::<Vec<_>>());
    let missing_part = regress(&|s| missing.iter().map(|b| at(s, *b)).sum::<f64>() / 5.0)?;
    let known_percent: Vec<f64> = known.iter().map(|(_, percent)| *percent).collect();
    let here = design(&known_percent);
    let (predicted, prediction_sd) = missing_part.predict(&here);
    let mut imputed_percent = Vec::with_capacity(missing.len());
    for benchmark in &missing {
        imputed_percent.push(regress(&|s| at(s, *benchmark))?.predict(&here).0.clamp(0.0, 100.0));
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
        complete_releases: complete.len(),
    })
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
        let at = |s: &Scores, b: Benchmark| s.percent(b).unwrap_or(f64::NAN);
        let complete: Vec<&Scores> = releases.iter().filter(|s| s.five_mean().is_some()).collect();
        let rows: Vec<Vec<f64>> =
            complete.iter().map(|s| design(&known.iter().map(|b| at(s, *b)).collect::<Vec<_>>())).collect();
        let target: Vec<f64> = complete.iter().map(|s| missing.iter().map(|b| at(s, *b)).sum::<f64>() / 5.0).collect();
        Ok(Self { known, missing_part: Some(Linear::fit(&rows, &target)?) })
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
        let release = |i: u32| {
            let x = f64::from(i);
            Scores::from_percent([
                Some(25.0 + x),
                Some(20.0 + 0.9 * x),
                Some(x * x / 90.0),
                Some(0.8 * x),
                Some(0.7 * x),
            ])
        };
        let releases: Vec<Scores> = (3..70).map(|i| release(i).unwrap()).collect();
        let part = Scores::from_percent([Some(51.0), None, Some(9.0), None, Some(30.0)]).unwrap();
        let whole = Scores::from_percent([Some(51.0), Some(40.0), Some(9.0), Some(22.0), Some(30.0)]).unwrap();
        for scores in [part, whole] {
            let percent: Vec<f64> = scores.present().map(|(_, percent)| percent).collect();
            let ours = MeanPredictor::new(&scores, &releases).unwrap().mean(&percent);
            approx::assert_relative_eq!(ours, five_mean(&scores, &releases).unwrap().percent, max_relative = 1e-12);
        }
    }
}
