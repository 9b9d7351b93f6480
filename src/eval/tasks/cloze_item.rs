//! What the cloze tasks have in common: whole texts to choose among, and one order of the items.

use crate::eval::task::{Answer, Ask, Grade, Item};

/// Worked examples in the prompt.
pub(super) const SHOTS: u32 = 5;

/// Version of prompts and grading together.
pub(super) const VERSION: u32 = 1;

/// The seed of the order of every cloze task. Another one would make the first items other ones: logs could not be
/// continued, and a reference model's numbers for the first items would be of other items.
pub(super) const ORDER_SEED: u64 = 1;

/// A prompt and the texts that may follow it, each behind one space.
pub(super) fn item(prompt: String, choices: &[String], gold: usize) -> Item {
    let options: Vec<String> = choices.iter().map(|choice| format!(" {choice}")).collect();
    let continuation = options[gold].clone();
    Item { loss_context: prompt.clone(), prompt, ask: Ask::Cloze { options, gold }, continuation }
}

/// An option is named by its index.
pub(super) fn grade(gold: usize, answer: Answer<'_>) -> Grade {
    let (prediction, correct) = match answer {
        Answer::Option(option) => (Some(option.to_string()), option == gold),
        Answer::Text(_) => (None, false),
    };
    Grade::decided(prediction, correct)
}
