//! Least squares with covariance: linear by singular values, non-linear by Levenberg–Marquardt from many starts.
//!
//! The only file that names nalgebra and levenberg-marquardt.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DMatrix, DVector, Dyn};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::regression::student_t_quantile;

/// Why a fit does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Not more points than parameters.
    #[error("{points} points cannot determine {parameters} parameters and their uncertainty: give more points")]
    TooFewPoints {
        /// Points given.
        points: usize,
        /// Parameters asked for.
        parameters: usize,
    },
    /// A number was NaN or infinite.
    #[error("point {} is not a finite number", row + 1)]
    NotFinite {
        /// Position of the point, from 0.
        row: usize,
    },
    /// The points leave some combination of parameters free.
    #[error("the points do not determine all {parameters} parameters (the design has rank {rank})")]
    RankDeficient {
        /// Rank found.
        rank: usize,
        /// Parameters asked for.
        parameters: usize,
    },
    /// No start led to a minimum.
    #[error("none of {starts} starts converged")]
    NoConvergence {
        /// Starts tried.
        starts: usize,
    },
}

/// A model whose parameters are sought: residuals (fitted − observed) and their derivatives.
pub trait Residuals {
    /// Number of points.
    fn points(&self) -> usize;
    /// Residuals at the given parameters, one per point.
    fn residuals(&self, parameters: &[f64]) -> Vec<f64>;
    /// Derivatives of the residual of one point by each parameter.
    fn gradient(&self, point: usize, parameters: &[f64]) -> Vec<f64>;
}

/// A fitted set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The parameters at the least sum of squares found.
    pub parameters: Vec<f64>,
    /// s²(JᵀJ)⁻¹ at the minimum, or `None` where JᵀJ is singular to working precision.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// s = √(RSS / (points − parameters)).
    pub residual_sd: f64,
    /// RSS, the residual sum of squares.
    pub residual_squares: f64,
    /// Points minus parameters.
    pub degrees_of_freedom: usize,
    /// Ratio of the largest to the smallest singular value of J with its columns scaled to length one.
    pub condition_number: f64,
    /// Starts that were tried.
    pub starts: usize,
    /// Starts that ended within 1e-6 (relative) of the least sum of squares.
    pub agreeing_starts: usize,
    /// The next best minimum, where it lies within the joint confidence region of the best (Beale, 95 %).
    pub rival: Option<Rival>,
}

/// Another minimum that the points do not rule out.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Its parameters.
    pub parameters: Vec<f64>,
    /// Its residual sum of squares.
    pub residual_squares: f64,
}

impl Fit {
    /// Standard error of one parameter, or `None` where the covariance does not exist.
    #[must_use]
    pub fn standard_error(&self, parameter: usize) -> Option<f64> {
        Some(self.covariance.as_ref()?[parameter][parameter].sqrt())
    }

    /// Correlation of two parameters, or `None` where the covariance does not exist.
    #[must_use]
    pub fn correlation(&self, i: usize, j: usize) -> Option<f64> {
        let covariance = self.covariance.as_ref()?;
        Some(covariance[i][j] / (covariance[i][i] * covariance[j][j]).sqrt())
    }
}

struct Problem<'a, R> {
    model: &'a R,
    at: DVector<f64>,
}

impl<R: Residuals> LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_, R> {
    type ParameterStorage = Owned<f64, Dyn>;
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;

    fn set_params(&mut self, parameters: &DVector<f64>) {
        self.at.copy_from(parameters);
    }

    fn params(&self) -> DVector<f64> {
        self.at.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        let residuals = self.model.residuals(self.at.as_slice());
        residuals.iter().all(|r| r.is_finite()).then(|| DVector::from_vec(residuals))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let jacobian = jacobian(self.model, self.at.as_slice());
        jacobian.iter().all(|x| x.is_finite()).then_some(jacobian)
    }
}

fn jacobian<R: Residuals>(model: &R, at: &[f64]) -> DMatrix<f64> {
    let rows: Vec<f64> = (0..model.points()).flat_map(|point| model.gradient(point, at)).collect();
    DMatrix::from_row_slice(model.points(), at.len(), &rows)
}

/// Minimises the sum of squares by Levenberg–Marquardt from every start and keeps the best end.
///
/// # Errors
/// Not more points than parameters, or no start that converges.
pub fn minimise<R: Residuals>(model: &R, starts: &[Vec<f64>]) -> Result<Fit, FitError> {
    let parameters = starts.first().map_or(0, Vec::len);
    let points = model.points();
    if points <= parameters {
        return Err(FitError::TooFewPoints { points, parameters });
    }
    let solver = LevenbergMarquardt::new().with_patience(400);
    let mut ends: Vec<(f64, Vec<f64>)> = starts
        .iter()
        .map(|start| solver.minimize(Problem { model, at: DVector::from_column_slice(start) }))
        .filter(|(_, report)| report.termination.was_successful() && report.objective_function.is_finite())
        .map(|(end, report)| (2.0 * report.objective_function, end.at.as_slice().to_vec()))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((residual_squares, best)) = ends.first().cloned() else {
        return Err(FitError::NoConvergence { starts: starts.len() });
    };
    let agreeing = ends.iter().filter(|(rss, _)| *rss <= residual_squares * (1.0 + 1e-6) + 1e-300).count();
    let degrees_of_freedom = points - parameters;
    let variance = residual_squares / degrees_of_freedom as f64;
    let allowed = residual_squares * (1.0 + beale(parameters, degrees_of_freedom));
    let rival = ends
        .iter()
        .find(|(rss, end)| *rss <= allowed && distant(end, &best))
        .map(|(rss, end)| Rival { parameters: end.clone(), residual_squares: *rss });
    let (inverse, condition_number, _) = inverse_normal(&jacobian(model, &best));
    Ok(Fit {
        parameters: best,
        covariance: inverse.map(|m| rows(&(m * variance))),
        residual_sd: variance.sqrt(),
        residual_squares,
        degrees_of_freedom,
        condition_number,
        starts: starts.len(),
        agreeing_starts: agreeing,
        rival,
    })
}

/// p/(n−p)·F(0.95; p, n−p): how far the sum of squares may rise, relatively, inside the joint 95 % region.
fn beale(parameters: usize, degrees_of_freedom: usize) -> f64 {
    let (p, df) = (parameters as f64, degrees_of_freedom as f64);
    FisherSnedecor::new(p, df).map_or(0.0, |f| p / df * f.inverse_cdf(0.95))
}

/// Whether two ends are different minima: some parameter differs by more than 1 %.
fn distant(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).any(|(a, b)| (a - b).abs() > 0.01 * a.abs().max(b.abs()))
}

fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

/// (JᵀJ)⁻¹ where it exists, the condition number of the column-scaled J, and its rank.
fn inverse_normal(jacobian: &DMatrix<f64>) -> (Option<DMatrix<f64>>, f64, usize) {
    let lengths: Vec<f64> = jacobian.column_iter().map(|c| c.norm()).map(|n| if n > 0.0 { n } else { 1.0 }).collect();
    let mut scaled = jacobian.clone();
    for (mut column, length) in scaled.column_iter_mut().zip(&lengths) {
        column /= *length;
    }
    let svd = scaled.svd(false, true);
    let (large, small) = (svd.singular_values.max(), svd.singular_values.min());
    let condition = if small > 0.0 { large / small } else { f64::INFINITY };
    let rank = svd.rank(large * 1e-12);
    let Some(v_t) = svd.v_t.filter(|_| rank == lengths.len()) else { return (None, condition, rank) };
    let mut weighted = v_t.clone();
    for (mut row, value) in weighted.row_iter_mut().zip(svd.singular_values.iter()) {
        row /= value * value;
    }
    let mut inverse = v_t.transpose() * weighted;
    for (i, length_i) in lengths.iter().enumerate() {
        for (j, length_j) in lengths.iter().enumerate() {
            inverse[(i, j)] /= length_i * length_j;
        }
    }
    (Some(inverse), condition, rank)
}

/// An ordinary least-squares fit `y = Σ coefficient·x` (put a constant 1 among the x for an intercept).
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// One coefficient per column of the design.
    pub coefficients: Vec<f64>,
    /// s = √(RSS / degrees of freedom).
    pub residual_sd: f64,
    /// Points minus coefficients.
    pub degrees_of_freedom: usize,
    /// Root mean square of the leave-one-out prediction errors.
    pub leave_one_out_rmse: f64,
    /// Leave-one-out residuals divided by their own standard error, one per point.
    pub leave_one_out_t: Vec<f64>,
    /// Ratio of the largest to the smallest singular value of the design with its columns scaled to length one.
    pub condition_number: f64,
    inverse: DMatrix<f64>,
}

impl Linear {
    /// Fits by least squares; `design` holds one row per point.
    ///
    /// # Errors
    /// Not more points than columns, a number that is not finite, or columns that depend on each other.
    pub fn fit(design: &[Vec<f64>], y: &[f64]) -> Result<Self, FitError> {
        let parameters = design.first().map_or(0, Vec::len);
        let points = design.len().min(y.len());
        if points <= parameters + 1 {
            return Err(FitError::TooFewPoints { points, parameters });
        }
        let finite = |row: &usize| y[*row].is_finite() && design[*row].iter().all(|x| x.is_finite());
        if let Some(row) = (0..points).find(|row| !finite(row)) {
            return Err(FitError::NotFinite { row });
        }
        let x = DMatrix::from_fn(points, parameters, |i, j| design[i][j]);
        let y = DVector::from_column_slice(&y[..points]);
        let (inverse, condition_number, rank) = inverse_normal(&x);
        let Some(inverse) = inverse else { return Err(FitError::RankDeficient { rank, parameters }) };
        let coefficients = &inverse * (x.transpose() * &y);
        let residuals = &y - &x * &coefficients;
        let degrees_of_freedom = points - parameters;
        let rss = residuals.norm_squared();
        let mut left_out = Vec::with_capacity(points);
        let mut squares = 0.0;
        for (row, e) in x.row_iter().zip(residuals.iter()) {
            let leverage = (row * &inverse * row.transpose())[(0, 0)].min(1.0 - 1e-12);
            squares += (e / (1.0 - leverage)).powi(2);
            let without = (rss - e * e / (1.0 - leverage)).max(0.0) / (degrees_of_freedom - 1) as f64;
            left_out.push(e / (without * (1.0 - leverage)).sqrt());
        }
        Ok(Self {
            coefficients: coefficients.as_slice().to_vec(),
            residual_sd: (rss / degrees_of_freedom as f64).sqrt(),
            degrees_of_freedom,
            leave_one_out_rmse: (squares / points as f64).sqrt(),
            leave_one_out_t: left_out,
            condition_number,
            inverse,
        })
    }

    /// The fitted value at `x` and the standard error of one new observation there.
    #[must_use]
    pub fn predict(&self, x: &[f64]) -> (f64, f64) {
        let row = DVector::from_column_slice(x);
        let value = x.iter().zip(&self.coefficients).map(|(x, c)| x * c).sum();
        let leverage = (row.transpose() * &self.inverse * &row)[(0, 0)];
        (value, self.residual_sd * (1.0 + leverage).sqrt())
    }

    /// Standard error of one coefficient.
    #[must_use]
    pub fn standard_error(&self, coefficient: usize) -> f64 {
        self.residual_sd * self.inverse[(coefficient, coefficient)].sqrt()
    }
}

/// The two-sided quantile of Student's t: `t_quantile(0.95, 10)` is 2.228.
#[must_use]
pub fn t_quantile(level: f64, degrees_of_freedom: usize) -> f64 {
    student_t_quantile(0.5 + level / 2.0, degrees_of_freedom as f64)
}
