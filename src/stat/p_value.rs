//! A p-value as people read it.

/// Three digits, or that it is below what they show.
#[must_use]
pub fn p_text(p: f64) -> String {
    if p < 1e-3 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::p_text;

    #[test]
    fn a_small_p_is_told_by_its_bound() {
        assert_eq!([0.05, 0.001, 0.000_999, 1.0].map(p_text), ["0.050", "0.001", "< 0.001", "1.000"]);
    }
}
