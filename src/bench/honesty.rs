//! Whether a row's numbers are what they say: the same work as the warm-up that nobody timed, the tokens that were asked for, and a time
//! that is the sum of its parts. A journal may come from another machine; what holds by construction here need not hold there.

use super::plan::{Phase, Shape};
use super::runner::Sample;
use super::warning::Warning;

/// What of a row does not add up. Its repetitions and its warm-up decode the same tokens, so that their last predictions are one.
#[must_use]
pub fn judge(shape: Shape, samples: &[Sample], warmup: Option<&Sample>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut checks: Vec<_> = samples.iter().chain(warmup).map(|sample| sample.check).collect();
    checks.sort_unstable();
    checks.dedup();
    if checks.len() > 1 {
        warnings.push(Warning::UnequalWork { distinct: checks.len() });
    }
    let miscounted = |sample: &&Sample| {
        let stamped = sample.token_ns.len();
        sample.tokens != shape.tokens || (shape.phase == Phase::Decode && stamped != shape.tokens as usize)
    };
    if let Some(sample) = samples.iter().find(miscounted) {
        warnings.push(Warning::Miscounted { counted: sample.tokens, asked: shape.tokens });
    }
    let parts = |sample: &Sample| sample.token_ns.iter().copied().fold(0_u64, u64::saturating_add);
    // A nanosecond a token, for whoever rounds each of them.
    let apart = |sample: &&Sample| {
        !sample.token_ns.is_empty() && parts(sample).abs_diff(sample.duration_ns) > u64::from(sample.tokens)
    };
    if let Some(sample) = samples.iter().find(apart) {
        warnings.push(Warning::PartsDisagree { whole_ns: sample.duration_ns, parts_ns: parts(sample) });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Token;

    #[test]
    fn each_lie_is_named_and_an_honest_row_says_nothing() {
        let decode = Shape { phase: Phase::Decode, tokens: 3, depth: 0 };
        let honest =
            Sample { duration_ns: 60, token_ns: vec![10, 20, 30], first_token: None, tokens: 3, check: Token(7) };
        assert!(judge(decode, &[honest.clone(), honest.clone()], Some(&honest)).is_empty());
        let of = |sample: Sample| judge(decode, &[honest.clone(), sample], Some(&honest));
        // Of a row of 3 tokens: one that were 4; one with a stamp too few; one whose clock ran on; other tokens than the warm-up's.
        assert_eq!(of(Sample { tokens: 4, ..honest.clone() }), [Warning::Miscounted { counted: 4, asked: 3 }]);
        let short = Sample { token_ns: vec![30, 30], ..honest.clone() };
        assert_eq!(of(short), [Warning::Miscounted { counted: 3, asked: 3 }]);
        assert!(of(Sample { duration_ns: 63, ..honest.clone() }).is_empty(), "three tokens may be rounded");
        let late = Sample { duration_ns: 64, ..honest.clone() };
        assert_eq!(of(late), [Warning::PartsDisagree { whole_ns: 64, parts_ns: 60 }]);
        let other = Sample { check: Token(8), ..honest.clone() };
        assert_eq!(judge(decode, &[other.clone(), other], Some(&honest)), [Warning::UnequalWork { distinct: 2 }]);
        let prefill = Shape { phase: Phase::Prefill, tokens: 3, depth: 0 };
        let whole = Sample { token_ns: Vec::new(), ..honest };
        assert!(judge(prefill, std::slice::from_ref(&whole), None).is_empty());
        assert_eq!(
            judge(prefill, &[Sample { tokens: 1, ..whole }], None),
            [Warning::Miscounted { counted: 1, asked: 3 }]
        );
    }
}
