//! Log-probabilities from logits.

use crate::engine::Token;

/// Log-probabilities of some tokens under the softmax of all logits, computed in double precision;
/// `None` for logits that are empty or hold a NaN or an infinity (−∞ is allowed: a masked token).
pub(super) fn log_softmax(logits: &[f32], targets: &[Token]) -> Option<Vec<f64>> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !most.is_finite() {
        return None;
    }
    let most = f64::from(most);
    let sum = sum_of_exponentials(logits, most);
    if !sum.is_finite() {
        return None;
    }
    let normaliser = most + sum.ln();
    targets
        .iter()
        .map(|token| {
            let logit = usize::try_from(token.0).ok().and_then(|at| logits.get(at))?;
            Some(f64::from(*logit) - normaliser)
        })
        .collect()
}

/// Terms that are added side by side, so that the loop fills the processor's vectors.
const LANES: usize = 16;

/// Sum of exp(x − most) of all logits x, none of which is above `most`. Not finite where one of them is a NaN.
fn sum_of_exponentials(logits: &[f32], most: f64) -> f64 {
    let mut sums = [0.0; LANES];
    let whole = logits.chunks_exact(LANES);
    let rest = whole.remainder();
    for part in whole {
        for (sum, &logit) in sums.iter_mut().zip(part) {
            *sum += exp(f64::from(logit) - most);
        }
    }
    for (sum, &logit) in sums.iter_mut().zip(rest) {
        *sum += exp(f64::from(logit) - most);
    }
    sums.iter().sum()
}

/// e^x of an x that is at most 0, within four units in the last place and in steps that compilers turn into vectors: with a
/// large vocabulary the library's function takes longer than the model.
///
/// x = k·ln 2 + r with |r| ≤ ln 2 / 2 (ln 2 in two parts: Cody and Waite); e^r by its Taylor series, whose next term is
/// below 2^-57; 2^k by its bits. Below −708, where results would be subnormal, it is 0.
fn exp(x: f64) -> f64 {
    /// 1.5 · 2^52: what is added to it is rounded to a whole number, which then stands in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const TERMS: [f64; 13] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series = TERMS[1..].iter().fold(TERMS[0], |sum, term| sum * r + term);
    let power = f64::from_bits((rounded.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    if x < -708.0 { 0.0 } else { series * power }
}

/// The same for several sets of logits. With a large vocabulary one costs as much as decoding a token, so they are shared
/// among threads.
pub(super) fn log_softmaxes(rows: &[(&[f32], &[Token])], threads: usize) -> Option<Vec<Vec<f64>>> {
    let one = |part: &[(&[f32], &[Token])]| {
        part.iter().map(|(logits, targets)| log_softmax(logits, targets)).collect::<Option<Vec<_>>>()
    };
    let share = rows.len().div_ceil(threads.max(1)).max(1);
    if rows.len() <= share {
        return one(rows);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = rows.chunks(share).map(|part| scope.spawn(move || one(part))).collect();
        let mut all = Vec::with_capacity(rows.len());
        for part in parts {
            all.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Some(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn log_softmax_holds_where_a_plain_exponential_overflows() {
        // m + log(sum(exp(x - m))) in Python floats, for x = 1000, 1001, 990.
        let got = log_softmax(&[1000.0, 1001.0, 990.0], &[Token(0), Token(1)]).unwrap();
        assert_relative_eq!(got[0], -1.313_273_897_365_320_4, max_relative = 1e-12);
        assert_relative_eq!(got[1], -0.313_273_897_365_320_4, max_relative = 1e-12);
        assert!(log_softmax(&[f32::NAN, f32::NAN], &[Token(0)]).is_none());
        assert!(log_softmax(&[0.0, f32::NAN], &[Token(0)]).is_none());
        assert!(log_softmax(&[], &[]).is_none());
        assert!(log_softmax(&[0.0], &[Token(-1)]).is_none());
    }

    #[test]
    fn exponentials_are_those_of_the_library() {
        for step in 0..70_000 {
            let x = -f64::from(step) / 100.0 - f64::from(step % 7) * 1e-4;
            assert_relative_eq!(exp(x), x.exp(), max_relative = 1e-15);
        }
        assert_eq!([exp(0.0), exp(-0.0), exp(-800.0), exp(f64::NEG_INFINITY)], [1.0, 1.0, 0.0, 0.0]);
        assert!(exp(f64::NAN).is_nan());
        // A masked token counts for nothing, a NaN anywhere spoils the sum.
        let mut logits = vec![0.0_f32; 37];
        logits[20] = f32::NEG_INFINITY;
        assert_eq!(sum_of_exponentials(&logits, 0.0), 36.0);
        logits[36] = f32::NAN;
        assert!(sum_of_exponentials(&logits, 0.0).is_nan());
    }

    #[test]
    fn threads_keep_the_order_of_the_rows() {
        // Two equal logits: ln(1/2) each; one of three at ln 2 above the others: ln(1/2) and ln(1/4).
        let logits: [&[f32]; 3] = [&[0.0, 0.0], &[std::f32::consts::LN_2, 0.0, 0.0], &[5.0]];
        let targets: [&[Token]; 3] = [&[Token(1)], &[Token(0), Token(2)], &[Token(0)]];
        let rows: Vec<_> = logits.into_iter().zip(targets).collect();
        for threads in [0, 1, 2, 8] {
            let got = log_softmaxes(&rows, threads).unwrap();
            let flat: Vec<f64> = got.iter().flatten().copied().collect();
            for (got, expected) in flat.iter().zip([0.5_f64, 0.5, 0.25, 1.0]) {
                assert_relative_eq!(*got, expected.ln(), epsilon = 1e-7);
            }
            assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
        }
        assert!(log_softmaxes(&[(&[f32::NAN], &[Token(0)]), (&[0.0], &[Token(0)])], 2).is_none());
    }
}
