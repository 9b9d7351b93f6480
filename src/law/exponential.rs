//! Exponential growth with its doubt: the form of every line that meets in a crossover.

use rand::rngs::ChaCha8Rng;

use crate::stat::Line;
use crate::stat::draw::{standard_normal, student_scale};

/// `ln value = origin + per_day·t`, t in days since the Llama-1 release (2023-02-24).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential {
    /// ln of the value at t = 0.
    pub origin: f64,
    /// Growth of ln(value) in a day.
    pub per_day: f64,
    /// Variance of `origin`.
    pub origin_variance: f64,
    /// Covariance of `origin` and `per_day`.
    pub covariance: f64,
    /// Variance of `per_day`.
    pub per_day_variance: f64,
    /// Degrees of freedom of these variances; `None` for known ones (normal draws).
    pub freedom: Option<usize>,
    /// Standard deviation of ln(value) that no more dates would remove (an efficiency, a share of RAM).
    pub level_deviation: f64,
}

impl Exponential {
    /// Growth without doubt, for what is given rather than fitted.
    #[must_use]
    pub fn exact(origin: f64, per_day: f64) -> Self {
        Self {
            origin,
            per_day,
            origin_variance: 0.0,
            covariance: 0.0,
            per_day_variance: 0.0,
            freedom: None,
            level_deviation: 0.0,
        }
    }

    /// From a line of ln(value) whose x is counted in `days` days from the same origin (1 or 365.25);
    /// a line through two points has no doubt to give and is refused as `None`.
    #[must_use]
    pub fn from_line(line: &Line, days: f64) -> Option<Self> {
        let (origin_error, slope_error) = (line.intercept_error()?, line.slope_error()?);
        // Var(value at 1) = Var(origin) + 2·Cov + Var(slope).
        let covariance = (line.mean_error(1.0)?.powi(2) - origin_error.powi(2) - slope_error.powi(2)) / 2.0;
        Some(Self {
            origin: line.intercept,
            per_day: line.slope / days,
            origin_variance: origin_error.powi(2),
            covariance: covariance / days,
            per_day_variance: (slope_error / days).powi(2),
            freedom: Some(line.degrees_of_freedom()),
            level_deviation: 0.0,
        })
    }

    /// The same growth at `factor` times the level (above zero).
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { origin: self.origin + factor.ln(), ..self }
    }

    /// The same growth with more doubt about its level: `deviation` of ln(value), independent of what is there.
    #[must_use]
    pub fn with_level_deviation(self, deviation: f64) -> Self {
        Self { level_deviation: self.level_deviation.hypot(deviation), ..self }
    }

    /// The same growth through a value that was measured on a day: no doubt is left there but the measurement's own,
    /// and the doubt of the growth turns about it.
    #[must_use]
    pub fn through(self, day: f64, value: f64) -> Self {
        Self {
            origin: value.ln() - self.per_day * day,
            origin_variance: day * day * self.per_day_variance,
            covariance: -day * self.per_day_variance,
            level_deviation: 0.0,
            ..self
        }
    }

    /// ln(value) at a day.
    #[must_use]
    pub fn ln_at(&self, day: f64) -> f64 {
        self.origin + self.per_day * day
    }

    /// Standard deviation of ln(value) at a day.
    #[must_use]
    pub fn deviation_at(&self, day: f64) -> f64 {
        let line = self.origin_variance + 2.0 * day * self.covariance + day * day * self.per_day_variance;
        line.max(0.0).sqrt().hypot(self.level_deviation)
    }

    /// The value at a day.
    #[must_use]
    pub fn at(&self, day: f64) -> f64 {
        self.ln_at(day).exp()
    }

    /// The day about which the doubt of the growth turns: that of the data's middle, where level and growth are
    /// uncorrelated; 0 for a growth without doubt.
    #[must_use]
    pub fn pivot(&self) -> f64 {
        if self.per_day_variance > 0.0 { -self.covariance / self.per_day_variance } else { 0.0 }
    }

    /// One possible growth: coefficients from their joint (t or normal) law.
    #[must_use]
    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Self {
        let scale = self.freedom.map_or(1.0, |freedom| student_scale(rng, freedom));
        let (first, second, third) = (standard_normal(rng), standard_normal(rng), standard_normal(rng));
        let spread = self.origin_variance.sqrt();
        let along = if spread > 0.0 { self.covariance / spread } else { 0.0 };
        let across = (self.per_day_variance - along * along).max(0.0).sqrt();
        Self::exact(
            self.origin + scale * spread * first + self.level_deviation * third,
            self.per_day + scale * (along * first + across * second),
        )
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn draws_have_the_spread_of_the_line() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 0.1 * x + (x * 7.3).sin()).collect();
        let line = Line::fit(&x, &y).unwrap();
        let growth = Exponential::from_line(&line, 1.0).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for day in [0.0, 19.5, 60.0] {
            let draws: Vec<f64> = (0..20_000).map(|_| growth.draw(&mut rng).ln_at(day)).collect();
            let mean = draws.iter().sum::<f64>() / 2e4;
            let deviation = (draws.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 2e4).sqrt();
            // A t law with 38 degrees of freedom is √(38/36) wider than its scale.
            let expected = line.mean_error(day).unwrap() * (38.0_f64 / 36.0).sqrt();
            assert!((deviation / expected - 1.0).abs() < 0.03, "{deviation} against {expected}");
        }
    }
}
