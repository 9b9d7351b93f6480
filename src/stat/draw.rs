//! Random numbers of named laws from a seeded stream.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// A standard normal number (Box and Muller 1958; the second of each pair is dropped, so that draws need no state).
pub fn standard_normal(rng: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// √(ν/χ²_ν), which turns normal numbers into those of Student's t with `freedom` degrees of freedom.
pub fn student_scale(rng: &mut ChaCha8Rng, freedom: usize) -> f64 {
    // A pair of squared normals is an exponential number, cheaper to draw.
    let pairs: f64 = (0..freedom / 2).map(|_| -2.0 * (1.0 - rng.random::<f64>()).ln()).sum();
    let odd = if freedom % 2 == 1 { standard_normal(rng).powi(2) } else { 0.0 };
    (freedom as f64 / (pairs + odd)).sqrt()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let n = 40_000;
        let share = |beyond: f64, mut draw: Box<dyn FnMut() -> f64 + '_>| {
            (0..n).filter(|_| draw().abs() > beyond).count() as f64 / f64::from(n)
        };
        // Two-sided 5 % points of the normal law and of t with 5 degrees of freedom; Monte-Carlo error 0.1 %.
        assert!((share(crate::stat::TWO_SIDED_95, Box::new(|| standard_normal(&mut rng))) - 0.05).abs() < 0.005);
        let t = share(2.570_582, Box::new(|| standard_normal(&mut rng) * student_scale(&mut rng, 5)));
        assert!((t - 0.05).abs() < 0.005, "{t}");
    }
}
