//! What an answer's instructions came to, strictly and loosely.

use super::followed::is_followed;
use super::instruction::Instruction;

/// A verdict for each instruction of an item, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// Of the answer as it is.
    pub strict: Vec<bool>,
    /// Of the answer or one of seven shortened forms of it: without stars, without its first line, its last, both.
    pub loose: Vec<bool>,
}

impl Verdicts {
    /// Grades an answer.
    #[must_use]
    pub fn of(instructions: &[Instruction], answer: &str) -> Self {
        let forms = loose_forms(answer);
        let follows = |instruction: &Instruction, text: &str| !text.trim().is_empty() && is_followed(instruction, text);
        let strict = instructions.iter().map(|instruction| follows(instruction, answer)).collect();
        let loosely = |instruction: &Instruction| forms.iter().any(|form| follows(instruction, form));
        Self { strict, loose: instructions.iter().map(loosely).collect() }
    }

    /// Whether every instruction is followed by the answer as it is: the prompt's strict verdict.
    #[must_use]
    pub fn all_strict(&self) -> bool {
        self.strict.iter().all(|followed| *followed)
    }

    /// Whether every instruction is followed by some form of the answer: the prompt's loose verdict.
    #[must_use]
    pub fn all_loose(&self) -> bool {
        self.loose.iter().all(|followed| *followed)
    }
}

/// The answer and its shortened forms.
fn loose_forms(answer: &str) -> [String; 8] {
    let lines: Vec<&str> = answer.split('\n').collect();
    let joined = |from: usize, to: usize| lines.get(from..to).unwrap_or_default().join("\n").trim().to_owned();
    let (first, last) = (1, lines.len() - 1);
    let shortened = [answer.to_owned(), joined(first, lines.len()), joined(0, last), joined(first, last)];
    let bare = shortened.clone().map(|text| text.replace('*', ""));
    let ([a, b, c, d], [e, f, g, h]) = (shortened, bare);
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::ifeval::arguments::Arguments;

    #[test]
    fn the_loose_forms_drop_lines_and_stars() {
        let forms = loose_forms("Sure!\n*a*\nBye");
        assert_eq!(
            forms,
            ["Sure!\n*a*\nBye", "*a*\nBye", "Sure!\n*a*", "*a*", "Sure!\na\nBye", "a\nBye", "Sure!\na", "a"]
        );
        assert_eq!(loose_forms("one"), ["one", "", "", "", "one", "", "", ""]);
    }

    #[test]
    fn an_opening_line_is_forgiven_loosely() {
        let quoted = Instruction::parse("startend:quotation", &Arguments::default()).unwrap();
        let verdicts = Verdicts::of(&[quoted], "Here it is:\n\"all of it\"");
        assert_eq!((verdicts.all_strict(), verdicts.all_loose()), (false, true));
    }

    #[test]
    fn an_empty_answer_follows_nothing() {
        let comma = Instruction::parse("punctuation:no_comma", &Arguments::default()).unwrap();
        assert_eq!(Verdicts::of(&[comma], " \n"), Verdicts { strict: vec![false], loose: vec![false] });
    }
}
