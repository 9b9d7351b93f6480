//! The loss step with a floor as a least-squares problem, by relative residuals.

use super::super::edge::floor_law::{FloorLaw, PARAMS_UNIT, TOKENS_UNIT};
use super::steps::LossPoint;
use crate::stat::least_squares::Residuals;
use crate::unit::Params;

/// Searches in (e, ln a, α, ln b, β); a residual is (fitted − observed) / observed, since a run's error grows with its loss.
pub(in crate::law) struct FloorStep<'a>(pub(in crate::law) &'a [LossPoint]);

impl Residuals for FloorStep<'_> {
    fn points(&self) -> usize {
        self.0.len()
    }

    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        let law = searched_law(p);
        self.0.iter().map(|x| law.loss(Params::from_count(x.params), x.tokens) / x.loss - 1.0).collect()
    }

    fn gradient(&self, point: usize, p: &[f64]) -> Vec<f64> {
        let LossPoint { params, tokens, loss } = self.0[point];
        let (n, d) = ((params / PARAMS_UNIT).ln(), (tokens / TOKENS_UNIT).ln());
        let (by_params, by_tokens) = ((p[1] - p[2] * n).exp() / loss, (p[3] - p[4] * d).exp() / loss);
        vec![1.0 / loss, by_params, -n * by_params, by_tokens, -d * by_tokens]
    }
}

pub(in crate::law) fn searched_law(p: &[f64]) -> FloorLaw {
    FloorLaw { e: p[0], a: p[1].exp(), alpha: p[2], b: p[3].exp(), beta: p[4] }
}

pub(super) fn floor_coefficients(p: &[f64]) -> [f64; 5] {
    let law = searched_law(p);
    [law.e, law.a, law.alpha, law.b, law.beta]
}

/// Starts over floors and exponents, with scales that split what lies above the floor at the mean point.
pub(in crate::law) fn floor_starts(points: &[LossPoint]) -> Vec<Vec<f64>> {
    let count = points.len().max(1) as f64;
    let mean = |of: &dyn Fn(&LossPoint) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (loss, n, d) =
        (mean(&|x| x.loss), mean(&|x| (x.params / PARAMS_UNIT).ln()), mean(&|x| (x.tokens / TOKENS_UNIT).ln()));
    let lowest = points.iter().map(|x| x.loss).fold(f64::INFINITY, f64::min);
    let mut starts = Vec::new();
    for floor in [0.4, 0.8] {
        for alpha in [0.25, 0.5] {
            for beta in [0.15, 0.35] {
                let half = 0.5 * (loss - floor * lowest);
                starts.push(vec![floor * lowest, half.ln() + alpha * n, alpha, half.ln() + beta * d, beta]);
            }
        }
    }
    starts
}
