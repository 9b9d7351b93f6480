//! The session of the double: cells that sequences share, and logits that tell what a sequence has seen.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::options::MockOptions;
use crate::engine::{ContextOptions, EngineError, FlashAttention, Session, Slot};

/// Batches of fewer rows use kernels of their own, as seen in llama.cpp.
const SMALL: usize = 8;

/// A cache cell; what it holds depends on every cell before it in its sequence.
struct Cell {
    state: u64,
    /// Tokens of a reply up to this one, where it is part of one.
    said: Option<usize>,
    live: Rc<RefCell<usize>>,
}

impl Drop for Cell {
    fn drop(&mut self) {
        *self.live.borrow_mut() -= 1;
    }
}

/// The cache and the logits of the last batch.
pub(super) struct MockSession<'model> {
    model: &'model MockOptions,
    options: ContextOptions,
    live: Rc<RefCell<usize>>,
    sequences: BTreeMap<u32, Vec<Rc<Cell>>>,
    logits: BTreeMap<usize, Vec<f32>>,
}

/// The finaliser of SplitMix64.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl<'model> MockSession<'model> {
    /// An empty cache.
    pub(super) fn new(model: &'model MockOptions, options: ContextOptions) -> Self {
        Self { model, options, live: Rc::new(RefCell::new(0)), sequences: BTreeMap::new(), logits: BTreeMap::new() }
    }

    /// How a row of a batch of `rows` is computed: 0 in a full group, 1 beyond the last one, 2 in a small batch.
    fn row_kind(&self, row: usize, rows: usize) -> u64 {
        match self.model.row_groups {
            Some(_) if rows < SMALL => 2,
            Some(group) if row >= rows - rows % group => 1,
            _ => 0,
        }
    }

    fn push(&mut self, slot: &Slot, kind: u64) -> Result<u64, String> {
        let Some((&first, others)) = slot.sequences.split_first() else {
            return Err("a token belongs to no sequence".to_owned());
        };
        if let Some(beyond) = slot.sequences.iter().find(|&&sequence| sequence >= self.options.n_seq_max) {
            return Err(format!("sequence {beyond} is beyond n_seq_max {}", self.options.n_seq_max));
        }
        let last = |sequence: &u32| self.sequences.get(sequence).and_then(|cells| cells.last());
        let before = last(&first).map_or(self.model.seed, |cell| cell.state);
        for sequence in &slot.sequences {
            let length = self.sequences.get(sequence).map_or(0, Vec::len);
            if length != slot.position as usize {
                return Err(format!("sequence {sequence} holds {length} tokens, not {}", slot.position));
            }
        }
        if others.iter().any(|other| last(other).map(|cell| cell.state) != last(&first).map(|cell| cell.state)) {
            return Err("a token is shared by sequences that differ before it".to_owned());
        }
        if *self.live.borrow() >= self.options.n_ctx as usize {
            return Err(format!("no free cell among {}", self.options.n_ctx));
        }
        let said = match last(&first).and_then(|cell| cell.said) {
            _ if self.model.begins_reply(slot.token.0) => Some(0),
            said => said.map(|said| said + 1),
        };
        let state = mix(before ^ mix(slot.token.0 as u64 ^ (u64::from(slot.position) << 32) ^ (kind << 62)));
        *self.live.borrow_mut() += 1;
        let cell = Rc::new(Cell { state, said, live: Rc::clone(&self.live) });
        for &sequence in &slot.sequences {
            self.sequences.entry(sequence).or_default().push(Rc::clone(&cell));
        }
        Ok(state)
    }
}

impl Session for MockSession<'_> {
    fn decode(&mut self, batch: &[Slot]) -> Result<(), EngineError> {
        let refuse = |reason: String| EngineError::Decode { tokens: batch.len(), reason };
        if batch.is_empty() || batch.len() > self.options.n_batch as usize {
            return Err(refuse(format!("a batch holds 1 to {} tokens", self.options.n_batch)));
        }
        self.logits.clear();
        let physical = self.options.n_ubatch as usize;
        for (part, ubatch) in batch.chunks(physical).enumerate() {
            let outputs = ubatch.iter().filter(|slot| slot.logits).count();
            let mut output = 0;
            for (row, slot) in ubatch.iter().enumerate() {
                let state = self.push(slot, self.row_kind(row, ubatch.len())).map_err(refuse)?;
                if slot.logits {
                    let state = mix(state ^ self.row_kind(output, outputs));
                    output += 1;
                    let mut values: Vec<f32> = (0..self.model.n_vocab() as u64)
                        .map(|token| (mix(state ^ (token << 8)) >> 40) as f32 / (1u32 << 21) as f32 - 4.0)
                        .map(|logit| logit * self.model.sharpness)
                        .collect();
                    let said = self.sequences.get(&slot.sequences[0]).and_then(|cells| cells.last()?.said);
                    if let Some(said) = said {
                        // What follows in the reply, of which the template may have written the beginning.
                        values[self.model.said(said) as usize] = 100.0;
                    }
                    self.logits.insert(part * physical + row, values);
                }
            }
        }
        if let Some(callback) = &self.model.on_tokens {
            callback(batch.len());
        }
        Ok(())
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.logits.get(&index).map_or(&[], Vec::as_slice)
    }

    fn copy_sequence(&mut self, source: u32, target: u32) -> Result<(), EngineError> {
        if target >= self.options.n_seq_max {
            return Err(EngineError::Unsupported(format!("sequence {target} is beyond {}", self.options.n_seq_max)));
        }
        let cells = self.sequences.get(&source).map(|cells| cells.iter().map(Rc::clone).collect()).unwrap_or_default();
        self.sequences.insert(target, cells);
        Ok(())
    }

    fn truncate_sequence(&mut self, sequence: u32, from: u32) -> Result<(), EngineError> {
        if let Some(cells) = self.sequences.get_mut(&sequence) {
            cells.truncate(from as usize);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.sequences.clear();
        self.logits.clear();
    }

    /// The double has no kernels; it answers as llama.cpp does on a CPU, which has the fused one.
    fn flash_attention(&self) -> Option<bool> {
        Some(self.options.flash_attention != FlashAttention::Off)
    }
}
