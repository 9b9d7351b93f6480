//! Begins a text: its prompt is read once, and a row that begins like it branches off where the two part.
//!
//! Both go into one batch where they fit: what they have in common belongs to two sequences. llama.cpp's fused attention on a
//! CPU computes batches from 64 tokens on in tiles, which is faster for each of them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::exactness::{chunks, common_prefix};
use super::generate::{Prompt, argmax};
use super::schedule::{LEAST_OUTPUTS, PREFIX, ScheduleError, Scheduler, Settings, slot};
use super::scored_row::{Logprobs, Row};
use crate::engine::{Slot, Token};

/// Where a row parts from a prompt: both still have a token to evaluate, and the row all that are read off.
pub(super) fn parting(prompt: &[Token], row: &Row) -> usize {
    common_prefix(prompt, &row.tokens).min(row.first_output()).min(prompt.len().saturating_sub(1))
}

/// Whether rows may be read beside the prompts that they begin like. Not where every result must be that of evaluation from
/// scratch: the row is cut in two there. It takes a sequence beside those of the texts.
pub(super) const fn reads_beside(settings: &Settings) -> bool {
    settings.share && !settings.exact && (settings.parallel as usize) < LEAST_OUTPUTS
}

impl Scheduler<'_> {
    /// Reads a prompt into a sequence, and the row beside it where there is one; the first new token, and what was read.
    pub(super) fn admit(&mut self, sequence: u32, prompt: &Prompt) -> Result<(Token, Option<Logprobs>), ScheduleError> {
        let from = self.open(sequence)?;
        self.work.tokens_saved += from as u64;
        let Some(row) = &prompt.beside else { return Ok((self.choose(sequence, prompt, from)?, None)) };
        let parting = parting(&prompt.tokens, row).max(from);
        self.work.tokens_saved += parting as u64;
        let other = PREFIX + 1 + self.parallel() as u32;
        let n_ubatch = self.settings.context.n_ubatch as usize;
        let rests = (prompt.tokens.len() - parting) + (row.tokens.len() - parting);
        let outputs = row.wants.len() < self.most_outputs();
        let read = if (parting - from) + rests <= n_ubatch && outputs {
            self.open(other)?;
            self.both(sequence, prompt, (other, row), from..parting)?
        } else {
            for part in chunks(from..parting, n_ubatch, parting, 1) {
                self.decode(&part.map(|at| slot(prompt.tokens[at], at, sequence, false)).collect::<Vec<_>>())?;
            }
            if parting > 0 {
                self.session()?.copy_sequence(sequence, other)?;
            }
            if rests <= n_ubatch && outputs {
                self.both(sequence, prompt, (other, row), parting..parting)?
            } else {
                let read = self.read(other, row, parting)?;
                (self.choose(sequence, prompt, parting)?, read)
            }
        };
        self.close(other)?;
        Ok((read.0, Some(read.1)))
    }

    /// What a prompt and a row still have in common, and then the rests of both, in one batch.
    fn both(
        &mut self,
        sequence: u32,
        prompt: &Prompt,
        (other, row): (u32, &Row),
        common: Range<usize>,
    ) -> Result<(Token, Logprobs), ScheduleError> {
        let (last, parting) = (prompt.tokens.len() - 1, common.end);
        let shared =
            common.map(|at| Slot { sequences: vec![sequence, other], ..slot(prompt.tokens[at], at, sequence, false) });
        let own = (parting..=last).map(|at| slot(prompt.tokens[at], at, sequence, at == last));
        let mut batch: Vec<Slot> = shared.chain(own).collect();
        let own = batch.len();
        batch.extend(slots_of(row, other, parting..row.tokens.len()));
        self.decode(&batch)?;
        let places: Vec<_> =
            row.wants.iter().map(|want| (own + want.position - parting, want.targets.as_slice())).collect();
        Ok((argmax(self.logits(own - 1))?, self.logprobs(&places)?))
    }

    /// The rest of a prompt, and the first new token.
    fn choose(&mut self, sequence: u32, prompt: &Prompt, from: usize) -> Result<Token, ScheduleError> {
        let last = prompt.tokens.len() - 1;
        let n_ubatch = self.settings.context.n_ubatch as usize;
        let mut chosen = Token(0);
        for part in chunks(from..prompt.tokens.len(), n_ubatch, last, self.most_outputs()) {
            let batch: Vec<Slot> = part.clone().map(|at| slot(prompt.tokens[at], at, sequence, at == last)).collect();
            self.decode(&batch)?;
            if part.contains(&last) {
                chosen = argmax(self.logits(last - part.start))?;
            }
        }
        Ok(chosen)
    }

    /// The log-probabilities of a row whose sequence holds its tokens up to `from` already.
    pub(super) fn read(&mut self, sequence: u32, row: &Row, from: usize) -> Result<Logprobs, ScheduleError> {
        let n_ubatch = self.settings.context.n_ubatch as usize;
        let mut result = Vec::with_capacity(row.wants.len());
        for part in chunks(from..row.tokens.len(), n_ubatch, row.first_output(), self.most_outputs()) {
            self.decode(&slots_of(row, sequence, part.clone()).collect::<Vec<_>>())?;
            let wants = row.wants.iter().filter(|want| part.contains(&want.position));
            let places: Vec<_> = wants.map(|want| (want.position - part.start, want.targets.as_slice())).collect();
            result.extend(self.logprobs(&places)?);
        }
        Ok(result)
    }
}

/// The slots of a part of a row, with logits where something is read off.
fn slots_of(row: &Row, sequence: u32, part: Range<usize>) -> impl Iterator<Item = Slot> {
    let wanted: BTreeSet<usize> = row.wants.iter().map(|want| want.position).collect();
    part.map(move |at| slot(row.tokens[at], at, sequence, wanted.contains(&at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::scored_row::Want;

    fn row(tokens: &[i32], first: usize) -> Row {
        let tokens: Vec<Token> = tokens.iter().map(|&id| Token(id)).collect();
        let wants = (first..tokens.len()).map(|position| Want { position, targets: vec![Token(0)] }).collect();
        Row { tokens, wants }
    }

    #[test]
    fn a_row_parts_from_a_prompt_before_anything_is_read_off() {
        let prompt: Vec<Token> = [1, 2, 3, 4].map(Token).to_vec();
        // The same context: the last token of both is evaluated twice.
        assert_eq!(parting(&prompt, &row(&[1, 2, 3, 4, 7, 8], 3)), 3);
        // A mark behind the prompt.
        assert_eq!(parting(&prompt, &row(&[1, 2, 3, 4, 9, 7], 4)), 3);
        assert_eq!(parting(&prompt, &row(&[1, 2, 5, 6], 3)), 2);
        assert_eq!(parting(&prompt, &row(&[9, 2], 1)), 0);
    }
}
