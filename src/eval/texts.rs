//! The whole texts that a cloze item chooses among, and where its context is cut for them.

use crate::engine::{Model, Token};

/// Most tokens that are evaluated of a context and a text behind it (of which the last is only read off), as in the
/// reference; fewer for a model that was trained for fewer.
const MOST_TOKENS: usize = 2048;

/// What to know before cloze items are asked of a model with a shorter context than the reference's; `None` for others.
#[must_use]
pub fn short_context(n_ctx_train: u32) -> Option<String> {
    ((n_ctx_train as usize) < MOST_TOKENS).then(|| {
        format!(
            "the model was trained for a context of {n_ctx_train} tokens: longer cloze prompts lose worked examples from the \
             left, where the reference models saw {MOST_TOKENS} tokens, and its scores may be lower for it; a model of {MOST_TOKENS} \
             or more is measured as they were"
        )
    })
}

/// The options of an item; under loss only the right one alone.
pub(super) struct Texts {
    /// Tokens of each.
    pub(super) tokens: Vec<Vec<Token>>,
    /// Unicode characters of each, without the leading space.
    pub(super) characters: Vec<u32>,
    /// The right one.
    pub(super) gold: usize,
}

impl Texts {
    /// Of an item's options.
    pub(super) fn of(options: &[String], gold: usize, model: &dyn Model, loss_only: bool) -> Self {
        let (options, gold) = if loss_only { (&options[gold..=gold], 0) } else { (options, gold) };
        Self {
            tokens: options.iter().map(|option| model.tokenize(option)).collect(),
            characters: options.iter().map(|option| option.chars().count().saturating_sub(1) as u32).collect(),
            gold,
        }
    }

    /// Whether one of them has no token.
    pub(super) fn lack_tokens(&self) -> bool {
        self.tokens.iter().any(Vec::is_empty)
    }

    /// Tokens of the longest that are evaluated: all but its last.
    pub(super) fn longest(&self) -> usize {
        self.tokens.iter().map(|text| text.len().saturating_sub(1)).max().unwrap_or(0)
    }

    /// Cuts a context from the left until the longest text has room behind it, and tells whether anything was cut. All texts
    /// follow the same context. A BOS stays in front: a model that asks for one makes nothing of a text without it.
    pub(super) fn cut(&self, context: &mut Vec<Token>, bos: bool, n_ctx_train: usize) -> bool {
        let room = MOST_TOKENS.min(n_ctx_train).saturating_sub(self.longest());
        // Without room for one token the item is refused as too long.
        if context.len() <= room || room <= usize::from(bos) {
            return false;
        }
        let from = usize::from(bos);
        context.drain(from..from + context.len() - room);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(context: i32, bos: bool, n_ctx_train: usize) -> (bool, Vec<i32>) {
        let texts = Texts { tokens: vec![vec![Token(0); 3], vec![Token(0)]], characters: vec![3, 1], gold: 0 };
        let mut tokens: Vec<Token> = (0..context).map(Token).collect();
        (texts.cut(&mut tokens, bos, n_ctx_train), tokens.iter().map(|token| token.0).collect())
    }

    #[test]
    fn only_a_context_shorter_than_the_references_is_told() {
        assert!(short_context(512).unwrap().contains("512 tokens"));
        assert_eq!(short_context(2048), None);
    }

    #[test]
    fn a_context_is_cut_from_the_left_and_keeps_its_bos() {
        assert_eq!(cut(5, false, 7), (false, vec![0, 1, 2, 3, 4]));
        assert_eq!(cut(6, false, 7), (true, vec![1, 2, 3, 4, 5]));
        assert_eq!(cut(7, true, 7), (true, vec![0, 3, 4, 5, 6]));
        assert_eq!(cut(3000, false, 1 << 20).1.len(), 2048 - 2);
        assert_eq!(cut(5, false, 2), (false, vec![0, 1, 2, 3, 4]), "no room at all: too long, and said so");
        assert_eq!(cut(5, true, 3), (false, vec![0, 1, 2, 3, 4]), "a BOS alone is no context");
    }
}
