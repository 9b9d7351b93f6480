//! How far two models' whole distributions are apart on the same tokens, with one model loaded at a time.
//!
//! The original writes the log-probabilities of a block of positions to a bounded file; the compressed model reads them
//! back, position by position, and keeps two numbers of each: the Kullback–Leibler divergence KL(original ‖ compressed) over
//! the whole vocabulary, and whether both hold the same token for the most probable. Then the block is written over by
//! the next. Nothing is left out: the only rounding is that of a log-probability to 32 bits (6e-8 of its size).

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::choice::ChoiceError;
use super::exactness::{common_prefix, reusable};
use super::plan::Questions;
use super::prompt::context_tokens;
use super::schedule::{ScheduleError, Scheduler, Settings};
use super::scored_row::{Row, Want};
use crate::engine::{Model, Token};

/// Positions taken from one item at most: neighbouring tokens tell less than those of another text.
pub const PER_ITEM: usize = 8;

/// What stops a comparison.
#[derive(Debug, thiserror::Error)]
pub enum DivergenceError {
    /// The data of the items.
    #[error(transparent)]
    Data(#[from] ChoiceError),
    /// The engine.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The block file.
    #[error("the block of distributions: {0}")]
    Io(#[from] io::Error),
    /// The two models do not see the same tokens.
    #[error("the two models tokenise item {0} differently, so their distributions cannot be compared token by token")]
    OtherTokens(String),
}

/// Which positions are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Where the items come from.
    pub questions: Questions,
    /// Task and item ids.
    pub items: Vec<(String, Vec<String>)>,
    /// Positions in all.
    pub positions: usize,
}

/// One block for one of the two models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockOrder {
    /// Which positions.
    pub sampling: Sampling,
    /// How rows are evaluated.
    pub settings: Settings,
    /// The block file.
    pub file: PathBuf,
    /// First position of the block.
    pub from: usize,
    /// What to do.
    pub role: Role,
}

/// What a model does with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Write as many positions as fit.
    Write {
        /// Bytes of the file at most.
        most_bytes: u64,
    },
    /// Compare with what is written.
    Compare,
}

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Position after the last one.
    pub next: usize,
    /// Positions in all.
    pub of: usize,
    /// What was found; empty after writing.
    pub found: Vec<Position>,
}

/// One compared position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Task and item.
    pub item: String,
    /// KL(original ‖ compressed) in nats.
    pub kl_nats: f64,
    /// Both hold the same token for the most probable.
    pub same_top: bool,
}

/// The wanted positions of one item.
struct Planned {
    item: String,
    group: String,
    tokens: Vec<Token>,
    /// Index of the token after which the distribution is wanted.
    positions: Vec<usize>,
}

fn plan(model: &dyn Model, sampling: &Sampling) -> Result<Vec<Planned>, DivergenceError> {
    let facts = model.facts();
    let mut planned = Vec::new();
    for (name, ids) in &sampling.items {
        let task = sampling.questions.open(name)?;
        for index in (0..task.len()).filter(|&index| ids.contains(&task.id(index))) {
            let item = task.item(index);
            let context = context_tokens(model, facts.add_bos, &item.loss_context);
            let gold = model.tokenize(&item.continuation);
            if context.is_empty() || gold.is_empty() || context.len() + gold.len() > facts.n_ctx_train as usize {
                continue;
            }
            let count = gold.len().min(PER_ITEM);
            let positions: Vec<usize> = (0..count).map(|at| context.len() - 1 + at * gold.len() / count).collect();
            let mut tokens = [context, gold].concat();
            tokens.truncate(positions.last().map_or(0, |last| last + 1));
            let group = format!("{name}/{}", task.group(index));
            planned.push(Planned { item: format!("{name}/{}", task.id(index)), group, tokens, positions });
        }
    }
    // Few positions of all items rather than all positions of the first ones: of each item as many as fit in turn.
    let mut left = sampling.positions;
    let mut share: Vec<usize> = vec![0; planned.len()];
    for round in 0..PER_ITEM {
        for (share, item) in share.iter_mut().zip(&planned) {
            if left > 0 && round < item.positions.len() {
                *share += 1;
                left -= 1;
            }
        }
    }
    for (share, item) in share.into_iter().zip(&mut planned) {
        let all = item.positions.len();
        item.positions = (0..share).map(|at| item.positions[at * all / share]).collect();
        item.tokens.truncate(item.positions.last().map_or(0, |last| last + 1));
    }
    planned.retain(|item| !item.positions.is_empty());
    planned.sort_by(|a, b| a.group.cmp(&b.group));
    Ok(planned)
}

/// Writes or compares one block.
///
/// # Errors
/// [`DivergenceError`].
pub fn run(model: &dyn Model, order: &BlockOrder) -> Result<Block, DivergenceError> {
    let planned = plan(model, &order.sampling)?;
    let of: usize = planned.iter().map(|item| item.positions.len()).sum();
    let vocabulary = model.facts().n_vocab as usize;
    match order.role {
        Role::Write { most_bytes } => {
            let each = (vocabulary * 4 + 12) as u64;
            let next = of.min(order.from + usize::try_from(most_bytes / each).unwrap_or(usize::MAX).max(1));
            let mut file = io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&order.file)?);
            visit(model, &order.settings, &planned, order.from..next, &mut |item, place, logprobs| {
                file.write_all(&head(item, place, logprobs.len()))?;
                for logprob in logprobs {
                    file.write_all(&(*logprob as f32).to_le_bytes())?;
                }
                Ok(())
            })?;
            file.flush()?;
            Ok(Block { next, of, found: Vec::new() })
        }
        Role::Compare => {
            let each = (vocabulary * 4 + 12) as u64;
            let held = usize::try_from(std::fs::metadata(&order.file)?.len() / each).unwrap_or(0);
            let next = of.min(order.from + held);
            let mut file = io::BufReader::with_capacity(1 << 20, std::fs::File::open(&order.file)?);
            let mut row = vec![0; vocabulary * 4];
            let mut found = Vec::new();
            visit(model, &order.settings, &planned, order.from..next, &mut |item, place, logprobs| {
                let mut written = [0; 12];
                file.read_exact(&mut written)?;
                if written != head(item, place, logprobs.len()) {
                    return Err(DivergenceError::OtherTokens(item.item.clone()));
                }
                file.read_exact(&mut row)?;
                let original = row.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
                let (kl_nats, same_top) = compared(original, logprobs);
                found.push(Position { item: item.item.clone(), kl_nats, same_top });
                Ok(())
            })?;
            Ok(Block { next, of, found })
        }
    }
}

/// What stands before a position's numbers: a hash of the tokens that led there, and the size of the vocabulary.
fn head(item: &Planned, place: usize, vocabulary: usize) -> [u8; 12] {
    let mut digest = Sha256::new();
    for token in &item.tokens[..=place] {
        digest.update(token.0.to_le_bytes());
    }
    let mut head = [0; 12];
    head[..8].copy_from_slice(&digest.finalize()[..8]);
    head[8..].copy_from_slice(&(vocabulary as u32).to_le_bytes());
    head
}

/// KL in nats and whether the most probable token is the same.
fn compared(original: impl Iterator<Item = f64>, compressed: &[f64]) -> (f64, bool) {
    let (mut kl, mut top, mut other) = (0.0, (f64::NEG_INFINITY, 0), (f64::NEG_INFINITY, 0));
    for (at, (p, q)) in original.zip(compressed).enumerate() {
        // Both as 32-bit numbers: a tie that rounding makes or breaks is no disagreement.
        let q32 = f64::from(*q as f32);
        if p > top.0 {
            top = (p, at);
        }
        if q32 > other.0 {
            other = (q32, at);
        }
        // 0·ln 0 = 0: a token that cannot be has no part in it.
        if p > f64::NEG_INFINITY {
            kl += p.exp() * (p - q);
        }
    }
    (kl.max(0.0), top.1 == other.1)
}

type Visitor<'a> = &'a mut dyn FnMut(&Planned, usize, &[f64]) -> Result<(), DivergenceError>;

/// Evaluates the positions of a range and hands out each one's log-probabilities over the whole vocabulary.
fn visit(
    model: &dyn Model,
    settings: &Settings,
    planned: &[Planned],
    range: std::ops::Range<usize>,
    visitor: Visitor<'_>,
) -> Result<(), DivergenceError> {
    let whole: Vec<Token> = (0..model.facts().n_vocab).map(|token| Token(token.cast_signed())).collect();
    let mut scheduler = Scheduler::new(model, settings.clone(), &|| 0.0);
    let mut before = 0;
    let mut wanted: Vec<(&Planned, Vec<usize>)> = Vec::new();
    for item in planned {
        let places = item.positions.iter().enumerate().filter(|(at, _)| range.contains(&(before + at)));
        let places: Vec<usize> = places.map(|(_, place)| *place).collect();
        before += item.positions.len();
        if !places.is_empty() {
            wanted.push((item, places));
        }
    }
    for group in wanted.chunk_by(|a, b| a.0.group == b.0.group) {
        let first = &group[0].0.tokens;
        let common = group.iter().map(|(item, _)| common_prefix(first, &item.tokens)).min().unwrap_or(0);
        let first_output = group.iter().map(|(_, places)| places[0]).min().unwrap_or(0);
        let longest = group.iter().map(|(item, _)| item.tokens.len()).max().unwrap_or(0);
        let shared = reusable(common, first_output, scheduler.cut());
        scheduler.begin_group(&first[..shared], longest, 0)?;
        for (item, places) in group {
            let wants = places.iter().map(|&position| Want { position, targets: whole.clone() }).collect();
            let row = Row { tokens: item.tokens[..=places[places.len() - 1]].to_vec(), wants };
            let results = scheduler.score(std::slice::from_ref(&row))?;
            for (place, logprobs) in places.iter().zip(&results[0]) {
                visitor(item, *place, logprobs)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_is_that_of_scipy() {
        // scipy.special.rel_entr([0.5, 0.3, 0.2], [0.4, 0.4, 0.2]).sum()
        let ln = |p: [f64; 3]| p.map(f64::ln);
        let (kl, same) = compared(ln([0.5, 0.3, 0.2]).into_iter(), &ln([0.4, 0.4, 0.2]));
        assert!((kl - 0.025_267_153_987_6).abs() < 1e-9, "{kl}");
        assert!(same, "the first of a tie on both sides");
        let (zero, _) = compared(ln([0.5, 0.3, 0.2]).into_iter(), &ln([0.5, 0.3, 0.2]));
        assert_eq!(zero, 0.0);
        let impossible = [0.0, f64::NEG_INFINITY, f64::NEG_INFINITY];
        assert_eq!(compared(impossible.into_iter(), &impossible), (0.0, true));
    }
}
