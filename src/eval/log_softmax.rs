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
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - most).exp()).sum();
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
