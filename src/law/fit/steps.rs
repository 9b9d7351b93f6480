//! The two steps as least-squares problems: points, residuals and their derivatives.

use super::super::reference::{LossLaw, ScoreLaw};
use crate::stat::least_squares::Residuals;
use crate::unit::Params;

/// One trained reference model: a point of the loss step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossPoint {
    /// Parameters (count).
    pub params: f64,
    /// Training tokens (count).
    pub tokens: f64,
    /// Conditional loss.
    pub loss: f64,
}

/// A point of the performance step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScorePoint {
    /// Conditional loss.
    pub loss: f64,
    /// Score in percent.
    pub percent: f64,
}

/// Searches in (ln a, α, ln b, β): a and b span orders of magnitude and must stay positive.
pub(super) struct LossStep<'a>(pub(super) &'a [LossPoint]);

impl Residuals for LossStep<'_> {
    fn points(&self) -> usize {
        self.0.len()
    }

    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let law = loss_law(p);
        self.0.iter().map(|x| law.loss(Params::from_count(x.params), x.tokens) - x.loss).collect()
    }

    fn gradient(&self, point: usize, p: &[f64]) -> Vec<f64> {
        let (n, d) = (self.0[point].params.ln(), self.0[point].tokens.ln());
        let (by_params, by_tokens) = ((p[0] - p[1] * n).exp(), (p[2] - p[3] * d).exp());
        vec![by_params, -n * by_params, by_tokens, -d * by_tokens]
    }
}

pub(super) fn loss_law(p: &[f64]) -> LossLaw {
    LossLaw { a: p[0].exp(), alpha: p[1], b: p[2].exp(), beta: p[3] }
}

pub(super) fn loss_coefficients(p: &[f64]) -> Vec<f64> {
    vec![p[0].exp(), p[1], p[2].exp(), p[3]]
}

/// Searches in (c, γ, l) and, unless it is held at zero, d.
pub(super) struct ScoreStep<'a> {
    pub(super) points: &'a [ScorePoint],
}

impl Residuals for ScoreStep<'_> {
    fn points(&self) -> usize {
        self.points.len()
    }

    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let law = score_law(p);
        self.points.iter().map(|x| law.score_percent(x.loss) - x.percent).collect()
    }

    fn gradient(&self, point: usize, p: &[f64]) -> Vec<f64> {
        let (c, gamma, l) = (p[0], p[1], p[2]);
        let loss = self.points[point].loss;
        let sigmoid = 1.0 / (1.0 + (-gamma * (loss - l)).exp());
        let slope = c * sigmoid * (1.0 - sigmoid);
        let mut gradient = vec![sigmoid, slope * (loss - l), -slope * gamma, 1.0];
        gradient.truncate(p.len());
        gradient
    }
}

pub(super) fn score_law(p: &[f64]) -> ScoreLaw {
    ScoreLaw { c: p[0], gamma: p[1], l: p[2], d: p.get(3).copied().unwrap_or(0.0) }
}

pub(super) fn score_coefficients(p: &[f64]) -> Vec<f64> {
    let law = score_law(p);
    vec![law.c, law.gamma, law.l, law.d]
}
