//! A greedy text that has entered a cycle: the same tokens again and again, to its limit.
//!
//! The most likely token follows from the tokens before it. Once a model has written the same passage several times, the
//! passage itself makes its next repetition likelier still (Xu et al. 2022, "Learning to Break the Loop"), and the text goes
//! on so. What is left of it can be written without the model: a grader sees the text that it would have seen.

use crate::engine::Token;

/// Longest passage that is looked for, tokens.
const LONGEST: usize = 128;

/// Repetitions after the first time.
const REPETITIONS: usize = 3;

/// Tokens that the repetitions take at least: a rule of dashes or a row of zeros ends before.
const LEAST: usize = 96;

/// Watches the tokens of one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Cycle {
    tokens: Vec<Token>,
    /// For each length of a passage, how many last tokens are those of one passage before.
    matching: Vec<usize>,
}

impl Cycle {
    /// Takes in a token; the length of the passage that the text repeats, once it has done so often enough.
    pub(super) fn take(&mut self, token: Token) -> Option<usize> {
        let at = self.tokens.len();
        self.tokens.push(token);
        self.matching.resize(LONGEST + 1, 0);
        for length in 1..=LONGEST.min(at) {
            self.matching[length] = if self.tokens[at - length] == token { self.matching[length] + 1 } else { 0 };
        }
        (1..=LONGEST).find(|&length| self.matching[length] >= LEAST.max(REPETITIONS * length))
    }

    /// The tokens that follow when the last `length` are repeated.
    pub(super) fn rest(&self, length: usize) -> impl Iterator<Item = Token> + '_ {
        self.tokens[self.tokens.len() - length..].iter().copied().cycle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(tokens: impl Iterator<Item = i32>) -> Option<(usize, usize)> {
        let mut cycle = Cycle::default();
        tokens.enumerate().find_map(|(at, token)| Some((at + 1, cycle.take(Token(token))?)))
    }

    #[test]
    fn a_passage_is_a_cycle_after_its_fourth_time_and_not_before() {
        let passage = |length: i32| (0..20).map(|at| 1000 + at).chain((0..4096).map(move |at| at % length));
        // 20 tokens of beginning, the passage once, and its repetitions.
        assert_eq!(found(passage(50)), Some((20 + 50 + 150, 50)));
        assert_eq!(found(passage(3)), Some((20 + 3 + 96, 3)));
        assert_eq!(found(passage(1)), Some((20 + 1 + 96, 1)));
        assert_eq!(found(passage(128)), Some((20 + 128 + 384, 128)));
        assert_eq!(found(passage(129)), None, "longer than is looked for");
        assert_eq!(found(0..4096), None);
        assert_eq!(found((0..4096).map(|at| if at % 90 == 0 { at } else { 7 })), None, "a passage that changes");
    }

    #[test]
    fn the_rest_goes_on_where_the_passage_is() {
        let mut cycle = Cycle::default();
        for at in 0..101 {
            cycle.take(Token(at % 3));
        }
        assert_eq!(cycle.rest(3).take(4).map(|token| token.0).collect::<Vec<_>>(), [2, 0, 1, 2]);
    }
}
