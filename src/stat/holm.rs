//! Holm's step-down correction: many tests at once with one error rate for the family.

/// A p-value within its family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// The smallest family-wise level at which this test rejects.
    pub p: f64,
    /// The test was in the end done at α over this number; an interval at that level excludes the null exactly where
    /// the test rejects.
    pub divisor: usize,
}

/// Adjusts p-values (S. Holm, *A simple sequentially rejective multiple test procedure*, Scand. J. Stat. 6, 1979).
///
/// The order of the results is that of `p`. The family-wise error is at most `alpha`, however the tests depend on one
/// another.
#[must_use]
pub fn holm(p: &[f64], alpha: f64) -> Vec<Adjusted> {
    let m = p.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![Adjusted { p: 1.0, divisor: m }; m];
    let mut running = 0.0_f64;
    let mut rejecting = true;
    let mut divisor = m;
    for (rank, &test) in order.iter().enumerate() {
        running = running.max(((m - rank) as f64 * p[test]).min(1.0));
        // The first test that fails ends the steps: it and all after it were held against its level.
        if rejecting {
            divisor = m - rank;
            rejecting = running <= alpha;
        }
        adjusted[test] = Adjusted { p: running, divisor };
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors_tell_the_level_of_each_step() {
        let got = holm(&[0.04, 0.001, 0.9, 0.012], 0.05);
        // 4·0.001, 3·0.012 reject; 2·0.04 = 0.08 does not, and ends the steps for 0.9 too.
        let p: Vec<f64> = got.iter().map(|a| (a.p * 1e6).round() / 1e6).collect();
        assert_eq!(p, [0.08, 0.004, 0.9, 0.036]);
        assert_eq!(got.iter().map(|a| a.divisor).collect::<Vec<_>>(), [2, 4, 2, 3]);
    }
}
