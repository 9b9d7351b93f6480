//! Parts of a file: which of them are wanted, here, and missing.

use std::ops::Range;

/// Parts with no more than this between them are fetched with what is between them: a request costs more.
const JOIN: u64 = 256 << 10;

/// The parts in order; those that overlap, touch or have at most `between` bytes between them as one.
pub(super) fn joined(mut parts: Vec<Range<u64>>, between: u64) -> Vec<Range<u64>> {
    parts.sort_by_key(|part| part.start);
    let mut out: Vec<Range<u64>> = Vec::new();
    for part in parts {
        match out.last_mut() {
            Some(last) if part.start <= last.end.saturating_add(between) => last.end = last.end.max(part.end),
            _ => out.push(part),
        }
    }
    out
}

/// What of the wanted parts is not here; small pieces that are here, or not wanted, do not divide it.
pub(super) fn gaps(wanted: &[Range<u64>], here: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    for part in joined(wanted.iter().filter(|part| !part.is_empty()).cloned().collect(), 0) {
        let mut from = part.start;
        for known in here.iter().filter(|known| known.start < part.end && known.end > part.start) {
            if known.start > from {
                out.push(from..known.start);
            }
            from = from.max(known.end);
        }
        if from < part.end {
            out.push(from..part.end);
        }
    }
    joined(out, JOIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one part of a file is a list of one range")]
    fn only_what_is_missing_is_asked_for_and_near_parts_at_once() {
        assert_eq!(gaps(&[5..10], &[]), [5..10]);
        assert_eq!(gaps(&[5..10], &[0..7]), [7..10]);
        assert_eq!(gaps(&[5..10], &[0..20]), []);
        assert_eq!(gaps(&[5..10, 20..30], &[]), [5..30]);
        let far = 10 + JOIN + 1;
        assert_eq!(gaps(&[far..far + 9, 5..10], &[]), [5..10, far..far + 9]);
        assert_eq!(joined(vec![5..7, 0..5, 9..10], 0), [0..7, 9..10]);
    }
}
