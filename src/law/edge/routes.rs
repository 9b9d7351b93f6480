//! Whether the two ways to effective parameters agree.

use crate::law::density::EffectiveParams;

/// The factor between the two ways beyond which it is said.
pub const LARGEST_FACTOR: f64 = 1.5;

/// The sentence on two ways that differ; `None` where they agree within [`LARGEST_FACTOR`].
#[must_use]
pub fn disagreement(by_accuracy: EffectiveParams, by_bits: EffectiveParams) -> Option<String> {
    let ratio = by_bits.count() / by_accuracy.count();
    let factor = ratio.max(1.0 / ratio);
    (factor > LARGEST_FACTOR).then(|| {
        let more = if ratio > 1.0 { "more" } else { "fewer" };
        format!(
            "by bits per byte the model has {factor:.1} times {more} effective parameters ({by_bits}) than by accuracy \
             ({by_accuracy}): its text differs in style from the reference ladder's, or it was trained on such tasks; the \
             accuracy counts"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Params;

    #[test]
    fn only_a_factor_beyond_one_and_a_half_is_said_whichever_way() {
        let n = |millions: f64| EffectiveParams::new(Params::from_count(millions * 1e6));
        assert_eq!(disagreement(n(100.0), n(149.0)), None);
        assert_eq!(disagreement(n(100.0), n(70.0)), None);
        assert!(disagreement(n(100.0), n(250.0)).unwrap().contains("2.5 times more"));
        assert!(disagreement(n(100.0), n(50.0)).unwrap().contains("2.0 times fewer"));
    }
}
