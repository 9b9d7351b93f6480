//! The normal law: its distribution function, and means over it.

use statrs::function::erf::erfc;

/// Nodes of the nine-point Gauss–Hermite rule for a standard normal number, each with its weight (Golub and Welsch 1969).
pub const NODES: [(f64, f64); 9] = [
    (-4.512_745_863_399_783, 2.234_584_400_774_660_7e-5),
    (-3.205_429_002_856_47, 0.002_789_141_321_231_769_2),
    (-2.076_847_978_677_83, 0.049_916_406_765_217_82),
    (-1.023_255_663_789_132_6, 0.244_097_502_894_939_53),
    (0.0, 0.406_349_206_349_206_35),
    (1.023_255_663_789_132_6, 0.244_097_502_894_939_53),
    (2.076_847_978_677_83, 0.049_916_406_765_217_82),
    (3.205_429_002_856_47, 0.002_789_141_321_231_769_2),
    (4.512_745_863_399_783, 2.234_584_400_774_660_7e-5),
];

/// Φ(x): the probability that a standard normal number is at most x.
#[must_use]
pub fn cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_that_of_the_tables() {
        // SciPy 1.17, `scipy.stats.norm.cdf`.
        for (x, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-2.0, 0.022_750_131_948_179_21),
            (-6.0, 9.865_876_450_377e-10),
            (8.5, 1.0),
        ] {
            approx::assert_relative_eq!(cdf(x), p, max_relative = 1e-9);
        }
    }

    #[test]
    fn nine_nodes_give_the_moments_of_the_normal_law() {
        // The even moments are 1, 1, 3, 15, 105, …: a rule of nine nodes holds them up to the 16th.
        let mut expected = 1.0;
        for order in 0..9 {
            let moment: f64 = NODES.iter().map(|(x, w)| w * x.powi(2 * order)).sum();
            approx::assert_relative_eq!(moment, expected, max_relative = 1e-10);
            expected *= f64::from(2 * order + 1);
        }
    }
}
