//! Quantiles of the normal law and of Student's, and the way from one to the other.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The normal quantile that is exceeded with probability `tail`.
pub(super) fn z(tail: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - tail)
}

/// Student's quantile where the normal one is `z`: what an estimated standard error adds in small samples.
pub(super) fn student(z: f64, freedom: f64) -> f64 {
    let tail = Normal::standard().sf(z);
    match StudentsT::new(0.0, 1.0, freedom) {
        // Beyond a few thousand degrees the two are one; the far tail is left to the normal law.
        Ok(t) if freedom < 1e4 && tail > 1e-12 => -t.inverse_cdf(tail),
        _ => z,
    }
}

/// The inverse of [`student`]: the normal quantile where Student's is `t`.
pub(super) fn normal(t: f64, freedom: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(law) if freedom < 1e4 && t > 0.0 => -Normal::standard().inverse_cdf(law.sf(t).max(1e-300)),
        _ => t,
    }
}
