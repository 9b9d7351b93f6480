//! A mean made more certain by another that is known better: the control variate.

use super::least_squares::t_quantile;

/// A mean with its standard error, adjusted by a control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// The adjusted mean.
    pub mean: f64,
    /// Its standard error, that of the known mean among it.
    pub standard_error: f64,
    /// Slope of own on control.
    pub slope: f64,
    /// Correlation of the two over the items.
    pub correlation: f64,
}

/// The mean of the first numbers of the pairs, adjusted by the second ones, whose mean over all items is known to be
/// `control_mean` with `control_error`: `ȳ − b·(x̄ − μ)` with b by least squares.
///
/// The standard error is s·√(1/n + (x̄ − μ)²/Σ(x − x̄)²) ⊕ |b|·`control_error`, where s is the scatter about the line: the
/// plain one times √(1 − r²), for a mean that is known exactly. It is stretched by the quantile of Student's t over the
/// normal one, so that ±1.96 of it hold 95 % on few items too. `None` with fewer than four pairs, numbers that are not
/// finite, or a control that is the same on all items.
#[must_use]
pub fn control_variate(pairs: &[(f64, f64)], control_mean: f64, control_error: f64) -> Option<Adjusted> {
    let known = control_mean.is_finite() && control_error.is_finite() && control_error >= 0.0;
    if pairs.len() < 4 || !known || pairs.iter().any(|(y, x)| !(y.is_finite() && x.is_finite())) {
        return None;
    }
    let n = pairs.len() as f64;
    let (y_mean, x_mean) =
        (pairs.iter().map(|(y, _)| y).sum::<f64>() / n, pairs.iter().map(|(_, x)| x).sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (y, x) in pairs {
        let (y, x) = (y - y_mean, x - x_mean);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    if xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    let slope = xy / xx;
    let variance = (yy - slope * xy).max(0.0) / (n - 2.0);
    let distance = x_mean - control_mean;
    let stretch = t_quantile(0.95, pairs.len() - 2) / super::TWO_SIDED_95;
    let own = (variance * (1.0 / n + distance * distance / xx)).sqrt() * stretch;
    Some(Adjusted {
        mean: y_mean - slope * distance,
        standard_error: own.hypot(slope * control_error),
        slope,
        correlation: xy / (xx * yy).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    use super::*;
    use crate::stat::draw::standard_normal;

    /// Root mean square errors of the plain and the adjusted mean, the mean standard error that is claimed, and the share
    /// of 95 % intervals that hold, over 2000 draws of `n` items at correlation `r`.
    fn simulated(r: f64, n: usize, control_error: f64) -> [f64; 4] {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (mut plain, mut adjusted, mut claimed, mut held) = (0.0, 0.0, 0.0, 0.0);
        let rounds = 2_000;
        for _ in 0..rounds {
            let pairs: Vec<(f64, f64)> = (0..n)
                .map(|_| {
                    let (x, e) = (standard_normal(&mut rng), standard_normal(&mut rng));
                    (1.2 + 0.6 * (r * x + (1.0 - r * r).sqrt() * e), 1.1 + 0.5 * x)
                })
                .collect();
            let known = 1.1 + control_error * standard_normal(&mut rng);
            let found = control_variate(&pairs, known, control_error).unwrap();
            plain += (pairs.iter().map(|(y, _)| y).sum::<f64>() / n as f64 - 1.2).powi(2);
            adjusted += (found.mean - 1.2).powi(2);
            claimed += found.standard_error;
            held += f64::from((found.mean - 1.2).abs() < crate::stat::TWO_SIDED_95 * found.standard_error);
        }
        let of = |sum: f64| sum / f64::from(rounds);
        [of(plain).sqrt(), of(adjusted).sqrt(), of(claimed), of(held)]
    }

    #[test]
    fn the_error_falls_by_the_root_of_one_minus_r_squared_and_is_what_is_claimed() {
        for r in [0.75, 0.85, 0.94] {
            let [plain, adjusted, claimed, held] = simulated(r, 60, 0.0);
            let expected = (1.0_f64 - r * r).sqrt();
            // Monte-Carlo error of a ratio of root mean squares: about 2 %; the slope costs 1/(2n).
            assert!((adjusted / plain / expected - 1.0).abs() < 0.06, "{r}: {adjusted} {plain}");
            assert!((claimed / adjusted - 1.0).abs() < 0.07, "{r}: {claimed} {adjusted}");
            assert!((0.935..0.968).contains(&held), "{r}: {held}");
        }
    }

    #[test]
    fn the_known_mean_brings_its_own_error() {
        let [_, adjusted, claimed, held] = simulated(0.9, 60, 0.05);
        let [_, exact, ..] = simulated(0.9, 60, 0.0);
        // The slope is 0.6·0.9/0.5.
        assert!((adjusted / exact.hypot(1.08 * 0.05) - 1.0).abs() < 0.06, "{adjusted} {exact}");
        assert!((claimed / adjusted - 1.0).abs() < 0.07, "{claimed} {adjusted}");
        assert!((0.935..0.968).contains(&held), "{held}");
    }

    #[test]
    fn few_pairs_or_a_constant_control_adjust_nothing() {
        assert_eq!(control_variate(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.5)], 2.0, 0.0), None);
        assert_eq!(control_variate(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0)], 1.0, 0.0), None);
    }
}
