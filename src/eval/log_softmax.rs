//! Log-probabilities from logits.

use super::schedule::ScheduleError;
use crate::engine::Token;

/// Log-probabilities of some tokens under the softmax of all logits, computed in double precision.
///
/// # Errors
/// [`ScheduleError::NotFinite`] for logits that are empty or hold a NaN or an infinity (−∞ is allowed: a masked token).
pub(super) fn log_softmax(logits: &[f32], targets: &[Token]) -> Result<Vec<f64>, ScheduleError> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !most.is_finite() {
        return Err(ScheduleError::NotFinite);
    }
    let most = f64::from(most);
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - most).exp()).sum();
    if !sum.is_finite() {
        return Err(ScheduleError::NotFinite);
    }
    let normaliser = most + sum.ln();
    targets
        .iter()
        .map(|token| {
            let logit = usize::try_from(token.0).ok().and_then(|at| logits.get(at)).ok_or(ScheduleError::NotFinite)?;
            Ok(f64::from(*logit) - normaliser)
        })
        .collect()
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
        assert!(log_softmax(&[f32::NAN, f32::NAN], &[Token(0)]).is_err());
        assert!(log_softmax(&[0.0, f32::NAN], &[Token(0)]).is_err());
        assert!(log_softmax(&[], &[]).is_err());
        assert!(log_softmax(&[0.0], &[Token(-1)]).is_err());
    }
}
