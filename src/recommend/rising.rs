//! A quantity that may not fall where a device gets better.

use crate::stat::Estimate;

/// Step of the grid, in ln of the device's quantity.
const STEP: f64 = 0.05;

/// Steps below the device that are looked at: to a third of what it has.
const STEPS: i32 = 24;

/// An estimate that never falls with `x`: the largest that holds for `x` or a device with less, all three ends apart. A
/// device with faster memory is at least as fast as one with slower; measured devices of a bandwidth may have been slow ones.
///
/// The grid does not depend on `x`, and between two of its points the ends are interpolated, so more is never less.
pub(super) fn rising(x: f64, of: impl Fn(f64) -> Estimate) -> Estimate {
    let place = x.ln() / STEP;
    let below = place.floor();
    let at = |step: i32| of(((below + f64::from(step)) * STEP).exp());
    let mut best: Option<[f64; 3]> = None;
    let mut before = [0.0; 3];
    let mut last = at(1);
    for step in -STEPS..=1 {
        let found = at(step);
        let ends = [found.point, found.low.unwrap_or(0.0), found.high.unwrap_or(found.point)];
        before = best.unwrap_or(ends);
        best = Some(std::array::from_fn(|end| before[end].max(ends[end])));
        last = found;
    }
    let after = best.unwrap_or(before);
    let share = place - below;
    let [point, low, high] = std::array::from_fn(|end| before[end] + share * (after[end] - before[end]));
    Estimate { point, low: Some(low), high: Some(high), level: last.level, method: last.method }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_never_less() {
        let wavy = |x: f64| {
            let point = x * (1.0 + 0.5 * (9.0 * x.ln()).sin());
            Estimate::new(point, point / 2.0, point * 2.0, 0.8, "waves")
        };
        let mut last = rising(1.0, wavy);
        for step in 1..2000 {
            let next = rising((f64::from(step) * 0.003).exp(), wavy);
            assert!(next.point >= last.point && next.low >= last.low && next.high >= last.high, "{step}");
            last = next;
        }
        let straight = |x: f64| Estimate::new(x, x, x, 0.8, "line");
        approx::assert_relative_eq!(rising(17.1, straight).point, 17.1, max_relative = 1e-3);
    }
}
