//! Where a sequence may be cut without changing a bit of what follows.
//!
//! llama.cpp's repacked CPU kernels compute the tokens of a physical batch in groups of four (and more) rows and the rest
//! one by one, in another order of summation; attention pads its keys to 32. A token's result therefore depends on its
//! place in its physical batch, unless every cut is a multiple of 32 and physical batches end where they would without
//! reuse. Batches of fewer than eight tokens use other kernels again (seen on an x86-64 with AVX-512: up to 0.08 nats on
//! gemma's options, while no tail of 8 to 40 tokens after 32, 64, 256, 288 or 480 moved a bit), so a reused prefix leaves
//! enough tokens to evaluate.

use std::ops::Range;

use crate::engine::Token;

/// Where a reused prefix may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Its length is a multiple of this many tokens.
    pub multiple: usize,
    /// Tokens that it leaves to evaluate, the first one with logits included.
    pub least: usize,
}

/// The cut where results must equal those without reuse.
pub const EXACT: Cut = Cut { multiple: 32, least: 32 };

/// The cut of the fast mode: the rows of the prefix stay in full groups and the kernels of small batches are kept out; the
/// rest is noise that is measured.
pub const FAST: Cut = Cut { multiple: 8, least: 8 };

/// Length of the beginning that two sequences have in common.
#[must_use]
pub fn common_prefix(a: &[Token], b: &[Token]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The part of a common prefix to reuse, when the first logits are needed after token `first_output`; nothing where none
/// are needed at all (`usize::MAX`).
#[must_use]
pub fn reusable(common: usize, first_output: usize, cut: Cut) -> usize {
    let needed = first_output.checked_add(1).unwrap_or_default();
    let most = common.min(needed.saturating_sub(cut.least));
    most - most % cut.multiple
}

/// The batches that evaluate tokens `range`: they end at absolute multiples of `n_ubatch`, and earlier where more than
/// `most_outputs` logits from token `first_output` on would be held at once.
///
/// The ends depend on absolute positions only, so a sequence is cut alike wherever its evaluation begins
/// (as long as it begins at or before `first_output`).
#[must_use]
pub fn chunks(range: Range<usize>, n_ubatch: usize, first_output: usize, most_outputs: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let mut end = range.end.min((start / n_ubatch + 1) * n_ubatch);
        let first = start.max(first_output);
        if end > first && end - first > most_outputs {
            end = (first / most_outputs + 1) * most_outputs;
        }
        parts.push(start..end);
        start = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_common_prefix_ends_at_the_first_difference_or_the_shorter_end() {
        let t = |ids: &[i32]| ids.iter().map(|&id| Token(id)).collect::<Vec<_>>();
        assert_eq!(common_prefix(&t(&[1, 2, 3, 4]), &t(&[1, 2, 9, 4])), 2);
        assert_eq!(common_prefix(&t(&[1, 2, 3]), &t(&[1, 2, 3, 4])), 3);
    }

    #[test]
    fn enough_tokens_are_left_to_evaluate() {
        assert_eq!(reusable(100, 94, EXACT), 32);
        assert_eq!(reusable(100, 95, EXACT), 64);
        assert_eq!(reusable(31, 95, EXACT), 0);
        // One prompt of 294 tokens that is its group's only one: 288 would leave six.
        assert_eq!(reusable(294, 293, EXACT), 256);
        assert_eq!(reusable(294, 293, FAST), 280);
        assert_eq!(reusable(3, 2, FAST), 0);
    }

    proptest! {
        #[test]
        fn ends_do_not_depend_on_the_start(
            reused in 0usize..40, extra in 0usize..700, outputs in 1usize..700, cap in 1usize..8,
        ) {
            let (reused, cap) = (reused * 32, cap * 32);
            let first = reused + extra;
            let end = first + outputs;
            let whole = chunks(0..end, 512, first, cap);
            let rest = chunks(reused..end, 512, first, cap);
            prop_assert_eq!(rest.first().unwrap().start, reused);
            let ends: Vec<usize> = whole.iter().map(|part| part.end).filter(|&end| end > reused).collect();
            prop_assert_eq!(rest.iter().map(|part| part.end).collect::<Vec<_>>(), ends);
            for part in &rest {
                prop_assert!(part.end > part.start && part.len() <= 512);
                prop_assert!(part.end.saturating_sub(part.start.max(first)) <= cap);
            }
        }
    }
}
