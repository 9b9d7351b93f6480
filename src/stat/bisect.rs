//! Where a rising function crosses zero.

/// The x in `[low, high]` where `rising` crosses zero, to 2⁻⁶⁰ of the range; `None` where it does not cross there.
#[must_use]
pub fn bisect(mut low: f64, mut high: f64, rising: impl Fn(f64) -> f64) -> Option<f64> {
    if !(rising(low) < 0.0 && rising(high) > 0.0) {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rising(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some(low)
}
