//! What a run will take, told before it begins.

use std::collections::BTreeMap;

use serde::Serialize;

use super::admission::reads_beside;
use super::schedule::Settings;
use super::subset::Selection;
use super::task::{Ask, Item, Task};
use crate::engine::Model;

/// Items that are tokenised to learn how many bytes a token has.
const TOKENIZED: usize = 16;

/// The work of a task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Forecast {
    /// Items to evaluate.
    pub items: usize,
    /// Tokens to read (prefill), common beginnings once.
    pub tokens_read: f64,
    /// Tokens to write, when no text ends before its limit.
    pub tokens_written_at_most: f64,
}

impl Forecast {
    /// Seconds at these speeds (tokens/s): all texts empty, and all texts at their limit and written one at a time.
    #[must_use]
    pub fn seconds(&self, prefill: f64, decode: Option<f64>) -> (f64, f64) {
        let read = self.tokens_read / prefill;
        (read, read + decode.map_or(0.0, |decode| self.tokens_written_at_most / decode))
    }
}

/// Bytes of one group so far: the beginning that all have in common, and of each item the prompt's length and what
/// follows it.
#[derive(Default)]
struct Group {
    common: Option<String>,
    items: Vec<(usize, usize, bool)>,
}

/// Counts the work of a selection. Texts are counted in bytes; a few are tokenised to turn bytes into tokens.
#[must_use]
pub fn forecast(
    model: &dyn Model,
    task: &dyn Task,
    selection: &Selection,
    loss_only: bool,
    settings: &Settings,
) -> Forecast {
    let (share, beside) = (settings.share, reads_beside(settings));
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut bytes, mut tokens, mut written) = (0, 0, 0.0);
    let step = selection.indices.len().div_ceil(TOKENIZED).max(1);
    for (at, &index) in selection.indices.iter().enumerate() {
        let Item { prompt, ask, loss_context, continuation } = task.item(index);
        if at % step == 0 {
            bytes += prompt.len();
            tokens += model.tokenize(&prompt).len();
        }
        let mut twice = false;
        if let (Ask::Generate { max_tokens, .. }, false) = (&ask, loss_only) {
            written += f64::from(*max_tokens);
            twice = !beside;
        }
        if let Ask::Reply(reply) = &ask {
            // Without a gold text the prompt is read once.
            written += f64::from(reply.max_tokens) + f64::from(reply.think_budget);
        }
        // The letters of a choice share their context's row; a written-out continuation has its own.
        let mut rest = loss_context.len() - prompt.len().min(loss_context.len()) + continuation.len();
        if let (Ask::Cloze { options, .. }, false) = (&ask, loss_only) {
            rest = options.iter().map(String::len).sum();
            rest += if share { 0 } else { (options.len() - 1) * prompt.len() };
        }
        let group = groups.entry(task.group(index)).or_default();
        group.items.push((prompt.len(), rest, twice));
        match &mut group.common {
            Some(common) => common.truncate(common_bytes(common, &prompt)),
            None => group.common = Some(prompt),
        }
    }
    let total: usize = groups.values().map(|group| group.bytes(share)).sum();
    let per_byte = tokens as f64 / (bytes.max(1) as f64);
    Forecast { items: selection.indices.len(), tokens_read: total as f64 * per_byte, tokens_written_at_most: written }
}

impl Group {
    fn bytes(&self, share: bool) -> usize {
        let common = if share { self.common.as_ref().map_or(0, String::len) } else { 0 };
        let item = |&(prompt, rest, twice): &(usize, usize, bool)| (prompt - common) * (1 + usize::from(twice)) + rest;
        common + self.items.iter().map(item).sum::<usize>()
    }
}

/// Length of the beginning that two texts have in common, cut to whole characters.
fn common_bytes(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|&at| a.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_beginning_counts_once_and_a_prompt_that_is_read_twice_doubly() {
        let group = Group { common: Some("x".repeat(100)), items: vec![(120, 2, false), (130, 3, true)] };
        assert_eq!(group.bytes(true), 100 + (20 + 2) + (2 * 30 + 3));
        assert_eq!(group.bytes(false), (120 + 2) + (2 * 130 + 3));
    }

    #[test]
    fn a_common_beginning_ends_between_characters() {
        assert_eq!(common_bytes("aé", "aè"), 1);
        assert_eq!(common_bytes("abc", "ab"), 2);
    }

    #[test]
    fn seconds_lie_between_no_text_and_all_text() {
        let forecast = Forecast { items: 1, tokens_read: 100.0, tokens_written_at_most: 50.0 };
        assert_eq!(forecast.seconds(10.0, Some(5.0)), (10.0, 20.0));
        assert_eq!(forecast.seconds(10.0, None), (10.0, 10.0));
    }
}
