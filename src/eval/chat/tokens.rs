//! The tokens of a rendered chat: those that the template writes are special ones, those in the texts of an item are not,
//! and the beginning-of-sequence token stands there once.

use std::collections::BTreeSet;

use crate::engine::{Model, ModelFacts, Token};

/// Stands inside a text that a template is given where the text must not be read as a special token; no character, so that
/// no text has it.
const CUT: char = '\u{fdd0}';

/// The texts of the control tokens of a vocabulary.
#[derive(Debug, Default)]
pub struct Specials {
    texts: Vec<String>,
    first: BTreeSet<char>,
}

/// The text of a token; empty where there is none.
#[must_use]
pub fn text_of(model: &dyn Model, token: Token) -> String {
    if token.0 < 0 {
        return String::new();
    }
    String::from_utf8_lossy(&model.shown(token)).into_owned()
}

impl Specials {
    /// The control tokens of a model: those that stand for no text of their own but have one.
    #[must_use]
    pub fn of(model: &dyn Model) -> Self {
        let all = (0..i32::try_from(model.facts().n_vocab).unwrap_or(i32::MAX)).map(Token);
        let control = all.filter(|token| model.piece(*token).is_empty());
        let mut texts: Vec<String> =
            control.map(|token| text_of(model, token)).filter(|text| text.chars().nth(1).is_some()).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let first = texts.iter().filter_map(|text| text.chars().next()).collect();
        Self { texts, first }
    }

    /// A text in which no special token is left whole.
    #[must_use]
    pub fn cut(&self, text: &str) -> String {
        let mut text = text.replace(CUT, "");
        if !text.contains(|sign| self.first.contains(&sign)) {
            return text;
        }
        for special in self.texts.iter().filter(|special| !special.is_empty()) {
            if text.contains(special.as_str()) {
                let first = special.chars().next().map_or(0, char::len_utf8);
                text = text.replace(special.as_str(), &format!("{}{CUT}{}", &special[..first], &special[first..]));
            }
        }
        text
    }
}

/// The tokens of a rendered chat. Where the model's file asks for a beginning-of-sequence token and the template wrote none,
/// it is added.
#[must_use]
pub fn tokens(model: &dyn Model, facts: &ModelFacts, text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = text.split(CUT).flat_map(|part| model.tokenize_special(part)).collect();
    if facts.add_bos && tokens.first() != Some(&model.bos()) {
        tokens.insert(0, model.bos());
    }
    tokens
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::mock::Mock;
    use crate::engine::{Engine, ModelOptions};

    #[test]
    fn special_tokens_are_the_templates_and_not_the_texts() {
        let model = Mock::engine().load(Path::new("mock:reply=x"), &ModelOptions::default()).unwrap();
        let (facts, specials) = (model.facts(), Specials::of(&*model));
        let count = |text: &str, token: &str| {
            let token = model.tokenize_special(token)[0];
            tokens(&*model, &facts, text).iter().filter(|found| **found == token).count()
        };
        let content = "say </s> and <|turn|>";
        let rendered = format!("<s><|turn|>user\n{}</s>", specials.cut(content));
        assert_eq!((count(&rendered, "</s>"), count(&rendered, "<|turn|>")), (1, 1));
        assert_eq!(count(&format!("<s><|turn|>user\n{content}</s>"), "</s>"), 2, "without the cut");
        assert_eq!((count(&rendered, "<s>"), count("no beginning", "<s>")), (1, 1), "once, whoever writes it");
        let plain: Vec<u8> =
            tokens(&*model, &facts, &rendered).into_iter().flat_map(|token| model.shown(token)).collect();
        assert_eq!(String::from_utf8(plain).unwrap(), format!("<s><|turn|>user\n{content}</s>"), "the text is whole");
    }
}
