//! Which of several choices are worth considering: those that no other beats in everything.

/// Marks the choices that no other is at least as good as in every cost and better in one. Costs are better when smaller.
#[must_use]
pub fn front<const N: usize>(costs: &[[f64; N]]) -> Vec<bool> {
    let beats =
        |a: &[f64; N], b: &[f64; N]| a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b);
    costs.iter().map(|own| !costs.iter().any(|other| beats(other, own))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_beaten_in_everything_is_off_the_front() {
        let costs = [[1.0, 9.0], [2.0, 5.0], [3.0, 6.0], [4.0, 1.0], [4.0, 1.0]];
        assert_eq!(front(&costs), [true, true, false, true, true], "equal choices do not beat each other");
    }
}
