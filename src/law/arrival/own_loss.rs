//! What a format costs where one has measured it oneself: the published loss, drawn towards one's own audits.

use super::penalty::Penalty;
use statrs::distribution::{ContinuousCDF, Normal};

/// Standard deviation of ln(−ln q) between models of one size in one format: what one audit leaves open for another model.
const BESIDE: f64 = 0.42;
/// Bits of a weight by which two files of one kind may differ.
const ALIKE_BITS: f64 = 0.35;
/// No audit is taken for surer than this, in ln q.
const LEAST_ERROR: f64 = 0.02;
/// Points of the grids on either side of the middle, and how far they reach in standard deviations.
const HALF: i32 = 200;
const REACH: f64 = 4.0;

/// A format's measured loss on one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnLoss {
    /// Parameters of the model.
    pub params: f64,
    /// Bits of a weight of the compressed file.
    pub bits: f64,
    /// ln q, and its standard error.
    pub ln: f64,
    /// The standard error of `ln`.
    pub error: f64,
}

impl OwnLoss {
    /// From an interval of q; `None` where an end is open, or q is no positive number.
    #[must_use]
    pub fn of(params: f64, bits: f64, (q, low, high): (f64, f64, f64), level: f64) -> Option<Self> {
        let ends = [low, q, high].map(f64::ln);
        let error = (ends[2] - ends[0]) / (2.0 * Normal::standard().inverse_cdf(0.5 + level / 2.0));
        (ends.iter().all(|end| end.is_finite()) && error > 0.0).then(|| Self {
            params,
            bits,
            ln: ends[1],
            error: error.max(LEAST_ERROR),
        })
    }

    /// Whether it is of a format with so many bits.
    #[must_use]
    pub fn is_of(&self, bits: f64) -> bool {
        (self.bits - bits).abs() <= ALIKE_BITS
    }
}

impl Penalty {
    /// The loss after these audits of the format.
    ///
    /// ln(−ln q) of a new model is the published middle, plus what is the format's own, plus what is the model's own. The
    /// published deviation is that of both. Each audit tells of their sum on one model; of the posterior of the format's own
    /// part, on a grid, mean and deviation are kept.
    #[must_use]
    pub fn revised(self, audits: &[OwnLoss]) -> Self {
        let prior = (self.deviation * self.deviation - BESIDE * BESIDE).max(0.0).sqrt();
        if audits.is_empty() || self.loss <= 0.0 || prior <= 0.0 {
            return self;
        }
        let steps =
            |deviation: f64| (-HALF..=HALF).map(move |step| REACH * deviation * f64::from(step) / f64::from(HALF));
        let bell = |distance: f64, deviation: f64| (-0.5 * (distance / deviation).powi(2)).exp();
        // Of each audit, how well it fits what the format's and the model's own parts come to together.
        let told: Vec<Vec<(f64, f64)>> = audits
            .iter()
            .map(|audit| {
                let fits = |both: f64| {
                    let ln = -Self { loss: self.loss * both.exp(), deviation: 0.0 }.at(audit.params, 0.0);
                    (both, bell(audit.ln - ln, audit.error))
                };
                steps(prior.hypot(BESIDE)).map(fits).collect()
            })
            .collect();
        let likelihood = |own: f64, told: &Vec<(f64, f64)>| -> f64 {
            told.iter().map(|(both, fits)| bell(both - own, BESIDE) * fits).sum()
        };
        let grid: Vec<(f64, f64)> = steps(prior)
            .map(|own| {
                let before = -0.5 * (own / prior).powi(2);
                (own, before + told.iter().map(|told| likelihood(own, told).max(1e-300).ln()).sum::<f64>())
            })
            .collect();
        let most = grid.iter().map(|(_, ln)| *ln).fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<(f64, f64)> = grid.iter().map(|(own, ln)| (*own, (ln - most).exp())).collect();
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mean = weights.iter().map(|(own, weight)| own * weight).sum::<f64>() / total;
        let variance = weights.iter().map(|(own, weight)| (own - mean).powi(2) * weight).sum::<f64>() / total;
        Self { loss: self.loss * mean.exp(), deviation: variance.sqrt().hypot(BESIDE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: Penalty = Penalty { loss: 0.37, deviation: 0.52 };

    fn audit(q: f64, error: f64) -> OwnLoss {
        let reach = 1.96 * error;
        OwnLoss::of(8e9, 4.9, (q, q * (-reach).exp(), q * reach.exp()), 0.95).unwrap()
    }

    #[test]
    fn audits_draw_the_loss_towards_them_the_more_the_surer_and_never_past_them() {
        let losses = |audits: &[OwnLoss]| PUBLISHED.revised(audits);
        assert_eq!(losses(&[]), PUBLISHED);
        let (vague, sure) = (losses(&[audit(0.4, 0.5)]), losses(&[audit(0.4, 0.02)]));
        let many = losses(&[audit(0.4, 0.02); 40]);
        let measured = -(0.4_f64.ln());
        assert!(PUBLISHED.loss < vague.loss && vague.loss < sure.loss && sure.loss < many.loss, "{vague:?} {sure:?}");
        assert!(many.loss < measured && many.loss > 0.9 * measured, "{many:?}");
        assert!(PUBLISHED.deviation > sure.deviation && sure.deviation > many.deviation && many.deviation >= BESIDE);
        let better = losses(&[audit(0.95, 0.02)]);
        assert!(better.loss < PUBLISHED.loss && better.loss > 0.0, "{better:?}");
    }

    #[test]
    fn one_sure_audit_is_worth_what_two_normal_laws_say() {
        // Measured with little error, ln(−ln q) = ln 0.7 shares its way from ln 0.37 between format and model by their variances.
        let (prior, beside) = (0.52_f64.powi(2) - 0.42_f64.powi(2), 0.42_f64.powi(2));
        let expected = 0.37_f64.ln() + (0.7_f64 / 0.37).ln() * prior / (prior + beside);
        let found = PUBLISHED.revised(&[audit((-0.7_f64).exp(), 0.02)]);
        assert!((found.loss.ln() - expected).abs() < 0.005, "{} {expected}", found.loss.ln());
        let own = prior * beside / (prior + beside);
        assert!((found.deviation - (own + beside).sqrt()).abs() < 0.003, "{found:?}");
    }

    #[test]
    fn an_open_end_is_no_audit_and_other_bits_are_of_another_format() {
        assert_eq!(OwnLoss::of(8e9, 4.9, (0.4, 0.2, f64::INFINITY), 0.95), None);
        assert_eq!(OwnLoss::of(8e9, 4.9, (0.4, 0.0, 0.8), 0.95), None);
        let found = OwnLoss::of(8e9, 4.9, (0.4, 0.3, 0.5), 0.95).unwrap();
        assert!(found.is_of(4.83) && !found.is_of(5.7));
    }
}
