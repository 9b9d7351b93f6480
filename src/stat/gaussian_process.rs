//! Gaussian-process regression with Student-t weights: partial pooling among rows that resemble each other.
//!
//! Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), algorithm 2.1; the weights are the
//! usual EM weights (ν + 1)/(ν + r²/σ²) of a t likelihood, so that a wrong row loses its pull.

use nalgebra::{Cholesky, DMatrix, DVector, DVectorView, Dyn};

/// Why there is no posterior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// Nothing to learn from.
    #[error("no observations")]
    Empty,
    /// The covariance of the rows is not positive definite (a NaN among them, or no noise).
    #[error("the covariance of the observations is not positive definite")]
    NotPositiveDefinite,
}

/// The posterior after `n` observations.
#[derive(Debug, Clone)]
pub struct GaussianProcess {
    /// Of K + σ²/w.
    factor: Cholesky<f64, Dyn>,
    weights: DVector<f64>,
}

const WEIGHT_STEPS: usize = 8;

impl GaussianProcess {
    /// Conditions on `targets` (centred by the caller) with prior covariance `kernel(i, j)`, noise standard deviation
    /// `noise` and `freedom` degrees of freedom of the noise's t law.
    ///
    /// # Errors
    /// No targets, or a covariance that is not positive definite.
    pub fn condition(
        targets: &[f64],
        kernel: impl Fn(usize, usize) -> f64,
        noise: f64,
        freedom: f64,
    ) -> Result<Self, ProcessError> {
        let n = targets.len();
        if n == 0 {
            return Err(ProcessError::Empty);
        }
        let prior = DMatrix::from_fn(n, n, |i, j| kernel(i.max(j), i.min(j)));
        let observed = DVectorView::from_slice(targets, n);
        let mut trust = vec![1.0; n];
        for step in 0.. {
            let mut covariance = prior.clone();
            for i in 0..n {
                covariance[(i, i)] += noise * noise / trust[i];
            }
            let factor = covariance.cholesky().ok_or(ProcessError::NotPositiveDefinite)?;
            let weights = factor.solve(&observed);
            if step + 1 == WEIGHT_STEPS {
                return Ok(Self { factor, weights });
            }
            let fitted = &prior * &weights;
            for i in 0..n {
                trust[i] = (freedom + 1.0) / (freedom + ((targets[i] - fitted[i]) / noise).powi(2));
            }
        }
        unreachable!("the loop returns at its last step")
    }

    /// Posterior mean and variance (without noise) of a new point, from its covariances with the observations and
    /// its own prior variance.
    #[must_use]
    pub fn at(&self, covariances: &[f64], own: f64) -> (f64, f64) {
        let covariances = DVectorView::from_slice(covariances, covariances.len());
        let mean = covariances.dot(&self.weights);
        // The factor has no zero on its diagonal.
        let explained = self.factor.l_dirty().solve_lower_triangular(&covariances).map_or(0.0, |v| v.norm_squared());
        (mean, (own - explained).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_group_shrinks_as_the_textbook_says() {
        // y_i = μ + e, μ ~ N(0, τ²), e ~ N(0, σ²): posterior mean n·ȳ·τ²/(σ² + n·τ²), variance τ²σ²/(σ² + n·τ²).
        let (tau2, sigma) = (4.0, 1.5);
        let targets = [1.0, 2.0, 4.5];
        // With endless degrees of freedom all weights are 1.
        let process = GaussianProcess::condition(&targets, |_, _| tau2, sigma, 1e12).unwrap();
        let (mean, variance) = process.at(&[tau2; 3], tau2);
        let below = sigma * sigma + 3.0 * tau2;
        approx::assert_relative_eq!(mean, 7.5 * tau2 / below, max_relative = 1e-9);
        approx::assert_relative_eq!(variance, tau2 * sigma * sigma / below, max_relative = 1e-9);
    }

    #[test]
    fn a_far_row_loses_its_pull() {
        let targets = [0.0, 0.1, -0.1, 0.05, 10.0];
        let mean =
            |freedom| GaussianProcess::condition(&targets, |_, _| 4.0, 0.1, freedom).unwrap().at(&[4.0; 5], 4.0).0;
        assert!(mean(1e12) > 1.9);
        assert!(mean(4.0) < 0.6, "{}", mean(4.0));
    }

    #[test]
    fn refuses_nothing_and_nan() {
        assert_eq!(GaussianProcess::condition(&[], |_, _| 1.0, 0.1, 4.0).unwrap_err(), ProcessError::Empty);
        let error = GaussianProcess::condition(&[1.0], |_, _| f64::NAN, 0.1, 4.0).unwrap_err();
        assert_eq!(error, ProcessError::NotPositiveDefinite);
    }
}
