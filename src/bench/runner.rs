//! One row in the measured process: opens a context, warms up in the test's own shape, repeats, stamps every token.
//!
//! Inside the clock: building the batch, `decode` and its synchronisation. Outside: loading, tokenising, sampling,
//! filling the context to its depth, the check of the result. Tokens are seeded random ones like llama-bench's (there:
//! unseeded), the first is the beginning-of-sequence token where the model wants one.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::plan::{Phase, Settings, Shape};
use crate::engine::{BackendShare, EngineError, Model, Session, Slot, Token};
use crate::meter::clock::Clock;

/// One repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Nanoseconds on the clock for all tokens of the shape.
    pub duration_ns: u64,
    /// Decode: nanoseconds of each token, first to last (inter-token latency). Empty for prefill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_ns: Vec<u64>,
    /// Prefill: the other parts of the time to the first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token: Option<FirstToken>,
    /// Tokens decoded while the clock ran.
    pub tokens: u32,
    /// The most likely next token after the last one: equal in all repetitions, since they do the same work.
    pub check: Token,
}

/// The parts of the time to the first token beside load and prefill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstToken {
    /// Tokenising a text of about the prompt's length, nanoseconds.
    pub tokenize_ns: u64,
    /// Choosing the token from the logits (greedy), nanoseconds.
    pub sample_ns: u64,
    /// Decoding that token, nanoseconds; `None` where the cache cannot give up a cell for it.
    pub first_decode_ns: Option<u64>,
}

/// Which back end does what of a row's work: asked of the engine once, outside the clock, with the row's first batch.
///
/// # Errors
/// The engine's, when the context cannot be made.
pub fn placement(
    model: &dyn Model,
    shape: Shape,
    settings: &Settings,
) -> Result<Option<Vec<BackendShare>>, EngineError> {
    let tokens = match shape.phase {
        Phase::Prefill => shape.tokens.min(settings.n_ubatch).min(settings.n_batch),
        Phase::Decode => 1,
    };
    let slot = |position| Slot { token: Token(0), position, sequences: vec![0], logits: position + 1 == tokens };
    model.placement(&settings.context_options(shape), &(0..tokens).map(slot).collect::<Vec<_>>())
}

/// A row made ready to repeat.
pub struct Runner<'a> {
    model: &'a dyn Model,
    session: Box<dyn Session + 'a>,
    clock: &'a dyn Clock,
    shape: Shape,
    n_batch: u32,
    seed: u64,
    /// `depth + tokens` tokens, the same in every repetition.
    tokens: Vec<Token>,
    /// Repetitions with tokens of their own so far.
    fresh: u64,
    /// A text of about the prompt's length.
    text: String,
}

impl<'a> Runner<'a> {
    /// Opens the context of a row.
    ///
    /// # Errors
    /// The engine's, when the context cannot be made.
    pub fn open(
        model: &'a dyn Model,
        shape: Shape,
        settings: &Settings,
        seed: u64,
        clock: &'a dyn Clock,
    ) -> Result<Self, EngineError> {
        let session = model.session(&settings.context_options(shape))?;
        let tokens = random_tokens(model, shape, seed, 0);
        let bytes: Vec<u8> = tokens[shape.depth as usize..].iter().flat_map(|token| model.piece(*token)).collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self { model, session, clock, shape, n_batch: settings.n_batch, seed, tokens, fresh: 0, text })
    }

    /// Whether the context uses flash attention; `None` where the engine does not tell.
    #[must_use]
    pub fn flash_attention(&self) -> Option<bool> {
        self.session.flash_attention()
    }

    /// One repetition of the work, from an empty cache.
    ///
    /// # Errors
    /// The engine's, when a batch does not decode.
    pub fn repeat(&mut self) -> Result<Sample, EngineError> {
        self.session.clear();
        let depth = self.shape.depth as usize;
        self.prefill(0, depth)?;
        match self.shape.phase {
            Phase::Prefill => self.time_prefill(depth),
            Phase::Decode => self.time_decode(depth),
        }
    }

    /// The same work on tokens that the engine has not seen in this process; every call draws its own.
    ///
    /// # Errors
    /// As [`Runner::repeat`].
    pub fn repeat_fresh(&mut self) -> Result<Sample, EngineError> {
        self.fresh += 1;
        let fresh = random_tokens(self.model, self.shape, self.seed, self.fresh);
        let repeated = std::mem::replace(&mut self.tokens, fresh);
        let sample = self.repeat();
        self.tokens = repeated;
        sample
    }

    fn time_prefill(&mut self, depth: usize) -> Result<Sample, EngineError> {
        let start = self.clock.now();
        let last = self.prefill(depth, self.tokens.len())?;
        let duration = self.clock.now() - start;

        let start = self.clock.now();
        let tokenized = self.model.tokenize(&self.text);
        let tokenize = self.clock.now() - start;
        // The tokens are not used; without this the optimiser could drop the work.
        std::hint::black_box(tokenized);

        let start = self.clock.now();
        let check = most_likely(self.session.logits(last));
        let sample = self.clock.now() - start;

        // The context is exactly as long as llama-bench's, so the first token takes the place of the last of the prompt.
        let place = self.tokens.len() - 1;
        let freed = self.session.truncate_sequence(0, u32::try_from(place).unwrap_or(u32::MAX)).is_ok();
        let first_decode = if freed {
            let slot = self.slot(check, place, true);
            let start = self.clock.now();
            self.session.decode(&[slot])?;
            Some(nanos(self.clock.now() - start))
        } else {
            None
        };

        Ok(Sample {
            duration_ns: nanos(duration),
            token_ns: Vec::new(),
            first_token: Some(FirstToken {
                tokenize_ns: nanos(tokenize),
                sample_ns: nanos(sample),
                first_decode_ns: first_decode,
            }),
            tokens: self.shape.tokens,
            check,
        })
    }

    fn time_decode(&mut self, depth: usize) -> Result<Sample, EngineError> {
        let mut token_ns = Vec::with_capacity(self.shape.tokens as usize);
        let start = self.clock.now();
        let mut before = start;
        for position in depth..self.tokens.len() {
            let slot = self.slot(self.tokens[position], position, true);
            self.session.decode(&[slot])?;
            let now = self.clock.now();
            token_ns.push(nanos(now - before));
            before = now;
        }
        let duration = before - start;
        let check = most_likely(self.session.logits(0));
        Ok(Sample {
            duration_ns: nanos(duration),
            tokens: u32::try_from(token_ns.len()).unwrap_or(u32::MAX),
            token_ns,
            first_token: None,
            check,
        })
    }

    /// Decodes `tokens[from..to]` in batches of `n_batch`; logits only after the last token of each, as llama-bench does.
    /// Returns the index of the last slot in its batch.
    fn prefill(&mut self, from: usize, to: usize) -> Result<usize, EngineError> {
        let mut last = 0;
        let mut start = from;
        while start < to {
            let end = to.min(start + self.n_batch as usize);
            let batch: Vec<Slot> = (start..end).map(|at| self.slot(self.tokens[at], at, at + 1 == end)).collect();
            self.session.decode(&batch)?;
            last = batch.len() - 1;
            start = end;
        }
        Ok(last)
    }

    fn slot(&self, token: Token, position: usize, logits: bool) -> Slot {
        Slot { token, position: u32::try_from(position).unwrap_or(u32::MAX), sequences: vec![0], logits }
    }
}

/// The tokens of a shape; each stream of a seed has its own.
fn random_tokens(model: &dyn Model, shape: Shape, seed: u64, stream: u64) -> Vec<Token> {
    let facts = model.facts();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let random = |_| Token(rng.random_range(0..facts.n_vocab.max(1)).cast_signed());
    let mut tokens: Vec<Token> = (0..shape.depth + shape.tokens).map(random).collect();
    if facts.add_bos
        && let Some(first) = tokens.first_mut()
    {
        *first = model.bos();
    }
    tokens
}

/// The token with the largest logit; the first of equals.
fn most_likely(logits: &[f32]) -> Token {
    let best = logits
        .iter()
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (index, logit)| if *logit > best.1 { (index, *logit) } else { best });
    Token(i32::try_from(best.0).unwrap_or(i32::MAX))
}

fn nanos(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
