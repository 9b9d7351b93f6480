//! Gaussian-process regression with Student-t weights: partial pooling among rows that resemble each other.
//!
//! Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), algorithm 2.1; the weights are the
//! usual EM weights (ν + 1)/(ν + r²/σ²) of a t likelihood, so that a wrong row loses its pull.

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
    /// Lower Cholesky factor of K + σ²/w, row by row.
    factor: Vec<f64>,
    weights: Vec<f64>,
    n: usize,
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
        let mut prior = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                prior[i * n + j] = kernel(i, j);
                prior[j * n + i] = prior[i * n + j];
            }
        }
        let mut trust = vec![1.0; n];
        for step in 0.. {
            let mut factor = prior.clone();
            for i in 0..n {
                factor[i * n + i] += noise * noise / trust[i];
            }
            factorise(&mut factor, n)?;
            let weights = backward(&factor, n, forward(&factor, n, targets.to_vec()));
            if step + 1 == WEIGHT_STEPS {
                return Ok(Self { factor, weights, n });
            }
            for i in 0..n {
                let fitted: f64 = prior[i * n..(i + 1) * n].iter().zip(&weights).map(|(k, w)| k * w).sum();
                trust[i] = (freedom + 1.0) / (freedom + ((targets[i] - fitted) / noise).powi(2));
            }
        }
        unreachable!("the loop returns at its last step")
    }

    /// Posterior mean and variance (without noise) of a new point, from its covariances with the observations and
    /// its own prior variance.
    #[must_use]
    pub fn at(&self, covariances: &[f64], own: f64) -> (f64, f64) {
        let mean = covariances.iter().zip(&self.weights).map(|(k, w)| k * w).sum();
        let explained: f64 = forward(&self.factor, self.n, covariances.to_vec()).iter().map(|v| v * v).sum();
        (mean, (own - explained).max(0.0))
    }
}

/// In-place lower Cholesky factor; only the lower triangle is read and written.
fn factorise(matrix: &mut [f64], n: usize) -> Result<(), ProcessError> {
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = matrix[i * n..i * n + j].iter().zip(&matrix[j * n..j * n + j]).map(|(a, b)| a * b).sum();
            let rest = matrix[i * n + j] - dot;
            if i > j {
                matrix[i * n + j] = rest / matrix[j * n + j];
            } else if rest > 0.0 {
                matrix[i * n + i] = rest.sqrt();
            } else {
                return Err(ProcessError::NotPositiveDefinite);
            }
        }
    }
    Ok(())
}

/// Solves L·x = b.
fn forward(factor: &[f64], n: usize, mut b: Vec<f64>) -> Vec<f64> {
    for i in 0..n {
        let dot: f64 = factor[i * n..i * n + i].iter().zip(&b[..i]).map(|(l, x)| l * x).sum();
        b[i] = (b[i] - dot) / factor[i * n + i];
    }
    b
}

/// Solves Lᵀ·x = b.
fn backward(factor: &[f64], n: usize, mut b: Vec<f64>) -> Vec<f64> {
    for i in (0..n).rev() {
        b[i] /= factor[i * n + i];
        for j in 0..i {
            b[j] -= factor[i * n + j] * b[i];
        }
    }
    b
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
