//! Evaluates rows of tokens on a session: the common beginning of a group once, the rest alone or in full batches.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use super::schedule_settings::Settings;

use super::batch_packing::{Most, Size, packed};
use super::exactness::{Cut, EXACT, FAST, chunks};
use super::log_softmax::log_softmaxes;
use super::scored_row::{Logprobs, Row};
use crate::engine::{ContextOptions, EngineError, Model, ModelFacts, Session, Slot, Token};

/// Usual bytes of logits that one decode may produce.
const LOGITS_BYTES: usize = 256 << 20;
/// Logits that are held at once, however large the vocabulary: kernels take tokens by fours and eights. Most options of an
/// item as well: each is a sequence.
pub(super) const LEAST_OUTPUTS: usize = 16;
/// Most sequences in one batch besides the shared prefix.
const MOST_SEQUENCES: u32 = 32;
/// The sequence that holds the shared prefix.
pub(super) const PREFIX: u32 = 0;

/// What stops an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine gave logits that are no numbers.
    #[error("the engine gave logits that are not finite; the model file or the back end is broken")]
    NotFinite,
}

/// Tokens and time spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Tokens that the engine decoded.
    pub tokens_evaluated: u64,
    /// Tokens that sharing did not have to decode again.
    pub tokens_saved: u64,
    /// Tokens that any schedule must decode: each common beginning once, and every row's rest.
    pub tokens_unique: u64,
    /// Seconds inside the engine's decode.
    pub decode_seconds: f64,
}

/// Evaluates rows and texts on one session after another.
pub struct Scheduler<'a> {
    pub(super) model: &'a dyn Model,
    pub(super) facts: ModelFacts,
    pub(super) settings: Settings,
    clock: &'a dyn Fn() -> f64,
    session: Option<Box<dyn Session + 'a>>,
    n_ctx: u32,
    pub(super) prefix: Vec<Token>,
    prefix_ready: bool,
    /// Bytes of logits that one decode may produce.
    pub(super) logits_bytes: usize,
    /// What was spent so far.
    pub work: Work,
}

impl<'a> Scheduler<'a> {
    /// A scheduler for a model; `clock` gives seconds that never go back.
    pub fn new(model: &'a dyn Model, settings: Settings, clock: &'a dyn Fn() -> f64) -> Self {
        Self {
            facts: model.facts(),
            model,
            settings,
            clock,
            session: None,
            n_ctx: 0,
            prefix: Vec::new(),
            prefix_ready: false,
            logits_bytes: LOGITS_BYTES,
            work: Work::default(),
        }
    }

    /// The cut of reused prefixes in this mode.
    #[must_use]
    pub const fn cut(&self) -> Cut {
        if self.settings.exact { EXACT } else { FAST }
    }

    /// Texts generated side by side.
    #[must_use]
    pub fn parallel(&self) -> usize {
        if self.settings.exact { 1 } else { self.settings.parallel.clamp(1, MOST_SEQUENCES) as usize }
    }

    /// Begins a group with a beginning to share (already cut); `longest` and `longest_text` are the most tokens that a row
    /// and a generated text (prompt included) can take.
    ///
    /// The prefix itself is evaluated when the first row needs it.
    pub fn begin_group(&mut self, prefix: &[Token], longest: usize, longest_text: usize) -> Result<(), ScheduleError> {
        let prefix = if self.settings.share { prefix } else { &[] };
        let beyond = |tokens: usize| tokens.saturating_sub(prefix.len());
        let rows = beyond(longest).max(self.batch_tokens(prefix.len()));
        // A row beside a prompt lies in the cache together with all texts.
        let beside = if longest_text > 0 && !self.settings.exact { beyond(longest) } else { 0 };
        let need = prefix.len() + rows.max(beyond(longest_text) * self.parallel() + beside);
        let need = u32::try_from(need.div_ceil(256) * 256).unwrap_or(u32::MAX);
        if self.session.is_none() || self.n_ctx < need {
            // Before the next one is made: together they would be the peak.
            self.session = None;
            let options =
                ContextOptions { n_ctx: need, n_seq_max: self.sequences() + 1, ..self.settings.context.clone() };
            self.session = Some(self.model.session(&options)?);
            self.n_ctx = need;
        }
        self.prefix = prefix.to_vec();
        self.prefix_ready = false;
        Ok(())
    }

    pub(super) fn session(&mut self) -> Result<&mut (dyn Session + 'a), ScheduleError> {
        match &mut self.session {
            Some(session) => Ok(session.as_mut()),
            None => Err(EngineError::Unsupported("no group was begun".to_owned()).into()),
        }
    }

    /// Decodes a batch and keeps the accounts.
    pub(super) fn decode(&mut self, batch: &[Slot]) -> Result<(), ScheduleError> {
        let clock = self.clock;
        let start = clock();
        self.session()?.decode(batch)?;
        self.work.decode_seconds += clock() - start;
        self.work.tokens_evaluated += batch.len() as u64;
        Ok(())
    }

    pub(super) fn logits(&self, index: usize) -> &[f32] {
        self.session.as_ref().map_or(&[], |session| session.logits(index))
    }

    /// Log-probabilities at several places of the last batch.
    pub(super) fn logprobs(&self, places: &[(usize, &[Token])]) -> Result<Logprobs, ScheduleError> {
        let rows: Vec<(&[f32], &[Token])> = places.iter().map(|&(at, targets)| (self.logits(at), targets)).collect();
        log_softmaxes(&rows, self.settings.context.threads as usize).ok_or(ScheduleError::NotFinite)
    }

    /// Makes a sequence begin with the shared prefix and tells its length.
    pub(super) fn open(&mut self, sequence: u32) -> Result<usize, ScheduleError> {
        if !self.prefix_ready {
            self.session()?.clear();
            let n_ubatch = self.settings.context.n_ubatch as usize;
            let prefix = std::mem::take(&mut self.prefix);
            for part in chunks(0..prefix.len(), n_ubatch, prefix.len(), n_ubatch) {
                let batch: Vec<Slot> = part.map(|at| slot(prefix[at], at, PREFIX, false)).collect();
                self.decode(&batch)?;
            }
            self.prefix = prefix;
            self.prefix_ready = true;
        }
        if !self.prefix.is_empty() {
            self.session()?.copy_sequence(PREFIX, sequence)?;
        }
        Ok(self.prefix.len())
    }

    /// Forgets a sequence.
    pub(super) fn close(&mut self, sequence: u32) -> Result<(), ScheduleError> {
        Ok(self.session()?.truncate_sequence(sequence, 0)?)
    }

    /// Tokens that share a batch beyond a prefix of so many. After a long one half a batch is nearly as fast, and the cache,
    /// which is largest there, has to hold less.
    pub(super) const fn batch_tokens(&self, prefix: usize) -> usize {
        let n_ubatch = self.settings.context.n_ubatch as usize;
        if prefix > 2 * n_ubatch { n_ubatch / 2 } else { n_ubatch }
    }

    /// Sequences in one batch besides the shared prefix: the engine lays out the logits of as many in any case, of a large
    /// vocabulary a mebibyte each.
    pub(super) fn sequences(&self) -> u32 {
        MOST_SEQUENCES.min(self.most_outputs() as u32)
    }

    /// Most logits to hold at once, a multiple of [`LEAST_OUTPUTS`].
    pub(super) fn most_outputs(&self) -> usize {
        let fit = self.logits_bytes / (4 * self.facts.n_vocab.max(1) as usize);
        (fit - fit % LEAST_OUTPUTS).clamp(LEAST_OUTPUTS, self.settings.context.n_ubatch.max(32) as usize)
    }

    /// Evaluates rows that all begin with the group's prefix; results come in the order of the rows.
    ///
    /// # Errors
    /// What the engine refuses.
    pub fn score(&mut self, rows: &[Row]) -> Result<Vec<Logprobs>, ScheduleError> {
        let mut results = vec![Vec::new(); rows.len()];
        for bin in self.batches(rows) {
            if let [alone] = bin[..] {
                results[alone] = self.score_alone(&rows[alone])?;
            } else {
                self.score_together(rows, &bin, &mut results)?;
            }
        }
        Ok(results)
    }

    /// The batches of rows: each alone, or several together.
    fn batches(&self, rows: &[Row]) -> Vec<Vec<usize>> {
        if self.settings.independent() {
            return (0..rows.len()).map(|row| vec![row]).collect();
        }
        let most = Most {
            tokens: self.batch_tokens(self.prefix.len()),
            outputs: self.most_outputs(),
            rows: self.sequences() as usize,
        };
        let sizes: Vec<Size> = rows
            .iter()
            .map(|row| Size { tokens: row.tokens.len() - self.prefix.len(), outputs: row.wants.len() })
            .collect();
        packed(&sizes, &most)
    }

    fn score_alone(&mut self, row: &Row) -> Result<Logprobs, ScheduleError> {
        let sequence = PREFIX + 1;
        let from = self.open(sequence)?;
        let result = self.read(sequence, row, from)?;
        self.close(sequence)?;
        self.work.tokens_saved += from as u64;
        Ok(result)
    }

    fn score_together(&mut self, rows: &[Row], bin: &[usize], results: &mut [Logprobs]) -> Result<(), ScheduleError> {
        let mut batch = Vec::new();
        let mut starts = Vec::with_capacity(bin.len());
        let mut from = 0;
        for (&row, sequence) in bin.iter().zip(PREFIX + 1..) {
            let row = &rows[row];
            from = self.open(sequence)?;
            starts.push(batch.len());
            let wanted: BTreeSet<usize> = row.wants.iter().map(|want| want.position).collect();
            batch.extend((from..row.tokens.len()).map(|at| slot(row.tokens[at], at, sequence, wanted.contains(&at))));
        }
        self.decode(&batch)?;
        let places: Vec<_> = bin
            .iter()
            .zip(starts)
            .flat_map(|(&row, start)| rows[row].wants.iter().map(move |want| (start, want)))
            .map(|(start, want)| (start + want.position - from, want.targets.as_slice()))
            .collect();
        let mut found = self.logprobs(&places)?.into_iter();
        for &row in bin {
            results[row] = found.by_ref().take(rows[row].wants.len()).collect();
        }
        for (_, sequence) in bin.iter().zip(PREFIX + 1..) {
            self.close(sequence)?;
        }
        self.work.tokens_saved += (from * bin.len()) as u64;
        Ok(())
    }
}

/// A slot of one sequence.
pub(super) fn slot(token: Token, at: usize, sequence: u32, logits: bool) -> Slot {
    Slot { token, position: u32::try_from(at).unwrap_or(u32::MAX), sequences: vec![sequence], logits }
}
