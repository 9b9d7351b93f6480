//! A straight line by ordinary least squares, with what the residuals say about it.

use statrs::distribution::{ContinuousCDF, FisherSnedecor, StudentsT};

use super::Estimate;

/// Why points do not determine a line.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RegressionError {
    /// A line needs more points than there are.
    #[error("a line needs at least {needed} points, there are {found}")]
    TooFewPoints {
        /// Points needed.
        needed: usize,
        /// Points given.
        found: usize,
    },
    /// The two slices differ in length.
    #[error("{xs} x values for {ys} y values")]
    Unpaired {
        /// Number of x values.
        xs: usize,
        /// Number of y values.
        ys: usize,
    },
    /// All points stand at the same x.
    #[error("all points share one x, so that no slope exists")]
    OneAbscissa,
    /// A coordinate was NaN or infinite.
    #[error("point {} has a coordinate that is not a finite number", index + 1)]
    NotFinite {
        /// Position of the point, from 0.
        index: usize,
    },
}

/// `y = intercept + slope·x`, fitted by least squares. Errors and intervals assume independent residuals of one variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Change of y for one unit of x.
    pub slope: f64,
    /// The value at x = 0.
    pub intercept: f64,
    /// Coefficient of determination, 1 − RSS/TSS (1 where all y are equal).
    pub r_squared: f64,
    /// Residual sum of squares.
    pub residual_squares: f64,
    /// Number of points.
    pub n: usize,
    mean_x: f64,
    spread_x: f64,
}

impl Line {
    /// Fits the line through `(x[i], y[i])`.
    ///
    /// # Errors
    /// Fewer than two points, slices of different length, a non-finite coordinate, or a single distinct x.
    pub fn fit(x: &[f64], y: &[f64]) -> Result<Self, RegressionError> {
        checked(x, y, 2)?;
        let n = x.len();
        let mean_x = x.iter().sum::<f64>() / n as f64;
        let mean_y = y.iter().sum::<f64>() / n as f64;
        let (mut spread_x, mut spread_y, mut cross) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(y) {
            spread_x += (x - mean_x).powi(2);
            spread_y += (y - mean_y).powi(2);
            cross += (x - mean_x) * (y - mean_y);
        }
        if spread_x <= 0.0 {
            return Err(RegressionError::OneAbscissa);
        }
        let slope = cross / spread_x;
        let intercept = mean_y - slope * mean_x;
        // Summed anew: TSS − slope·cross cancels badly when the line is nearly exact.
        let residual_squares: f64 = x.iter().zip(y).map(|(x, y)| (y - intercept - slope * x).powi(2)).sum();
        let r_squared = if spread_y > 0.0 { 1.0 - residual_squares / spread_y } else { 1.0 };
        Ok(Self { slope, intercept, r_squared, residual_squares, n, mean_x, spread_x })
    }

    /// The line's value at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }

    /// Degrees of freedom of the residuals, n − 2.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        self.n - 2
    }

    /// Residual standard deviation, √(RSS/(n − 2)); `None` with two points.
    #[must_use]
    pub fn residual_deviation(&self) -> Option<f64> {
        match self.degrees_of_freedom() {
            0 => None,
            freedom => Some((self.residual_squares / freedom as f64).sqrt()),
        }
    }

    /// Standard error of the slope; `None` with two points.
    #[must_use]
    pub fn slope_error(&self) -> Option<f64> {
        Some(self.residual_deviation()? / self.spread_x.sqrt())
    }

    /// Standard error of the intercept; `None` with two points.
    #[must_use]
    pub fn intercept_error(&self) -> Option<f64> {
        self.mean_error(0.0)
    }

    /// Standard error of the line's value at `x` (of the mean, not of a new observation); `None` with two points.
    #[must_use]
    pub fn mean_error(&self, x: f64) -> Option<f64> {
        Some(self.residual_deviation()? * self.leverage(x).sqrt())
    }

    /// Standard error of a new observation at `x`; `None` with two points.
    #[must_use]
    pub fn prediction_error(&self, x: f64) -> Option<f64> {
        Some(self.residual_deviation()? * (1.0 + self.leverage(x)).sqrt())
    }

    /// The slope with its t interval; `None` with two points.
    #[must_use]
    pub fn slope_estimate(&self, level: f64) -> Option<Estimate> {
        self.interval(self.slope, self.slope_error()?, level, "t")
    }

    /// The intercept with its t interval; `None` with two points.
    #[must_use]
    pub fn intercept_estimate(&self, level: f64) -> Option<Estimate> {
        self.interval(self.intercept, self.intercept_error()?, level, "t")
    }

    /// The line at `x` with the t interval of the mean; `None` with two points.
    #[must_use]
    pub fn mean_estimate(&self, x: f64, level: f64) -> Option<Estimate> {
        self.interval(self.at(x), self.mean_error(x)?, level, "t")
    }

    /// The line at `x` with the interval of a new observation; `None` with two points.
    #[must_use]
    pub fn prediction(&self, x: f64, level: f64) -> Option<Estimate> {
        self.interval(self.at(x), self.prediction_error(x)?, level, "t-prediction")
    }

    /// `y[i] − ŷ[i]` for points of the caller's choice.
    #[must_use]
    pub fn residuals(&self, x: &[f64], y: &[f64]) -> Vec<f64> {
        x.iter().zip(y).map(|(x, y)| y - self.at(*x)).collect()
    }

    /// Diagonal of the hat matrix for a point at `x`: 1/n + (x − x̄)²/Σ(xᵢ − x̄)².
    #[must_use]
    pub fn leverage(&self, x: f64) -> f64 {
        1.0 / self.n as f64 + (x - self.mean_x).powi(2) / self.spread_x
    }

    fn interval(&self, point: f64, error: f64, level: f64, method: &'static str) -> Option<Estimate> {
        let reach = student_t_quantile(0.5 + level / 2.0, self.degrees_of_freedom() as f64) * error;
        Some(Estimate::new(point, point - reach, point + reach, level, method))
    }
}

/// Refuses what no line can be drawn through, before any arithmetic.
pub(super) fn checked(x: &[f64], y: &[f64], needed: usize) -> Result<(), RegressionError> {
    if x.len() != y.len() {
        return Err(RegressionError::Unpaired { xs: x.len(), ys: y.len() });
    }
    if x.len() < needed {
        return Err(RegressionError::TooFewPoints { needed, found: x.len() });
    }
    match x.iter().zip(y).position(|(x, y)| !x.is_finite() || !y.is_finite()) {
        Some(index) => Err(RegressionError::NotFinite { index }),
        None => Ok(()),
    }
}

/// Quantile of Student's t at probability `p` in [0, 1]; NaN unless `freedom` > 0.
#[must_use]
pub fn student_t_quantile(p: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(p))
}

/// Two-sided p value of a t statistic; NaN unless `freedom` > 0.
#[must_use]
pub fn student_t_p_value(t: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |law| 2.0 * law.sf(t.abs()))
}

/// Upper tail of Fisher's F; NaN unless both degrees of freedom are positive.
#[must_use]
pub fn fisher_f_p_value(f: f64, numerator: f64, denominator: f64) -> f64 {
    FisherSnedecor::new(numerator, denominator).map_or(f64::NAN, |law| law.sf(f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_scipy() {
        // scipy.stats.t.ppf and scipy.stats.f.sf.
        for (p, freedom, expected) in [
            (0.975, 7.0, 2.364_624_251_592_784),
            (0.975, 1.0, 12.706_204_736_174_694),
            (0.9, 49.0, 1.299_068_784_747_75),
        ] {
            approx::assert_relative_eq!(student_t_quantile(p, freedom), expected, max_relative = 1e-8);
        }
        approx::assert_relative_eq!(fisher_f_p_value(4.5, 2.0, 47.0), 0.016_288_497_549_388_5, max_relative = 1e-8);
    }

    #[test]
    fn two_points_have_a_line_but_no_interval() {
        let line = Line::fit(&[0.0, 2.0], &[1.0, 5.0]).unwrap();
        assert_eq!((line.slope, line.intercept), (2.0, 1.0));
        assert!(line.slope_estimate(0.95).is_none());
    }

    #[test]
    fn refuses_what_is_no_line() {
        assert_eq!(Line::fit(&[1.0], &[1.0]), Err(RegressionError::TooFewPoints { needed: 2, found: 1 }));
        assert_eq!(Line::fit(&[1.0, 1.0], &[1.0, 2.0]), Err(RegressionError::OneAbscissa));
        assert_eq!(Line::fit(&[1.0, f64::NAN], &[1.0, 2.0]), Err(RegressionError::NotFinite { index: 1 }));
        assert_eq!(Line::fit(&[1.0], &[1.0, 2.0]), Err(RegressionError::Unpaired { xs: 1, ys: 2 }));
    }
}
