//! Prompts of a wanted length without a tokenizer: random words, sized by the server's own count.
//!
//! Two untimed requests with different numbers of words give the tokens of a word and those that the server adds (a
//! beginning, a chat template). Every prompt is drawn anew, so that from its first word on no cache holds it.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

use super::words::WORDS;

/// Words of the two requests that size the prompts.
pub(crate) const SIZED_BY: [u32; 2] = [32, 160];

/// Fewest words of a prompt: enough that two never begin alike.
pub(crate) const FEWEST: u32 = 8;

/// Tokens that a common English word may have, on average.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.5..=6.0;

/// How many tokens words make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sizing {
    /// Tokens of a word.
    pub(crate) per_word: f64,
    /// Tokens that stand around them.
    pub(crate) around: f64,
}

impl Sizing {
    /// From the server's count of both prompts.
    ///
    /// # Errors
    /// Counts that no tokenizer has.
    pub(crate) fn of(tokens: [u64; 2]) -> Result<Self, String> {
        let [few, many] = tokens.map(|tokens| tokens as f64);
        let [few_words, many_words] = SIZED_BY.map(f64::from);
        let per_word = (many - few) / (many_words - few_words);
        if !PLAUSIBLE.contains(&per_word) {
            return Err(format!(
                "its count of prompt tokens cannot be true: {few} for {few_words} words and {many} for {many_words}"
            ));
        }
        Ok(Self { per_word, around: few - few_words * per_word })
    }

    /// Words whose prompt has about so many tokens.
    fn words(&self, tokens: u32) -> u32 {
        let words = ((f64::from(tokens) - self.around) / self.per_word).round();
        (words.max(0.0) as u32).max(FEWEST)
    }
}

/// Draws prompts.
pub(crate) struct Prompts {
    rng: ChaCha8Rng,
    sizing: Sizing,
}

impl Prompts {
    /// From a seed. Until they are sized a word counts as a token.
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), sizing: Sizing { per_word: 1.0, around: 0.0 } }
    }

    /// Takes what the server told.
    pub(crate) fn size(&mut self, sizing: Sizing) {
        self.sizing = sizing;
    }

    /// A prompt of about so many tokens.
    pub(crate) fn of_tokens(&mut self, tokens: u32) -> String {
        let words = self.sizing.words(tokens);
        self.of_words(words)
    }

    /// A prompt of so many words.
    pub(crate) fn of_words(&mut self, words: u32) -> String {
        let mut text = String::new();
        for at in 0..words {
            if at > 0 {
                text.push(' ');
            }
            text.push_str(WORDS[self.rng.random_range(0..WORDS.len())]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_counts_size_a_prompt() {
        // Seven tokens of a template, 1.25 of a word.
        let sizing = Sizing::of([47, 207]).unwrap();
        assert_eq!((sizing.per_word, sizing.around), (1.25, 7.0));
        assert_eq!((sizing.words(507), sizing.words(0)), (400, FEWEST));
        assert!(Sizing::of([47, 47]).is_err() && Sizing::of([1, u64::MAX]).is_err() && Sizing::of([200, 100]).is_err());
    }

    #[test]
    fn a_seed_fixes_them_and_no_two_begin_alike() {
        let draw = |seed| {
            let mut prompts = Prompts::new(seed);
            (0..50).map(|_| prompts.of_words(FEWEST)).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_eq!((draw(7).len(), draw(7).is_disjoint(&draw(8))), (50, true));
        let text = Prompts::new(1).of_tokens(100);
        assert_eq!(text.split(' ').count(), 100);
    }

    #[test]
    fn the_words_are_many_and_different() {
        let different: std::collections::BTreeSet<_> = WORDS.iter().collect();
        assert_eq!(different.len(), WORDS.len());
        assert!(WORDS.len() >= 250 && WORDS.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
    }
}
