//! A context evaluated once, and the texts that may follow it as sequences over it.
//!
//! The context's tokens belong to the sequences of all options at once, so that one batch can hold them and the options
//! behind them. This is the fast mode of tasks whose options are whole texts: three levels (the group's beginning, an item's
//! question, its options), each evaluated once. The exact mode evaluates each option as a row of its own instead; what the
//! fast one differs by is measured against it.

use std::ops::Range;

use super::exactness::Cut;
use super::schedule::{PREFIX, ScheduleError, Scheduler, slot};
use crate::engine::{Slot, Token};

/// Bytes of logits that one decode may produce. The engine holds them twice; of a large vocabulary 16 tokens' take more.
pub(super) const LOGITS_BYTES: usize = 8 << 20;
/// Where the common beginning is cut: wherever it ends. A few tokens of it that every item evaluated anew would cost more
/// than the short questions themselves; what it does to the results is in the noise that is measured.
pub(super) const CUT: Cut = Cut { multiple: 1, least: 1 };

/// A context and the texts that may follow it. The context begins with the group's common beginning; no text is empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Branches {
    pub(super) context: Vec<Token>,
    pub(super) options: Vec<Vec<Token>>,
}

impl Branches {
    /// Tokens of the options to evaluate: of each all but the last, after which nothing is read.
    pub(super) fn behind(&self) -> usize {
        self.options.iter().map(|option| option.len() - 1).sum()
    }

    /// Sequences that the options need; those of one token are read off the context.
    fn sequences(&self) -> u32 {
        self.options.iter().filter(|option| option.len() > 1).count().max(1) as u32
    }

    /// Tokens that rows of their own would take: one for every option of several tokens, one for all of a single one.
    fn in_rows(&self) -> usize {
        let long = self.options.iter().filter(|option| option.len() > 1).count();
        let short = usize::from(long < self.options.len());
        (long + short) * self.context.len() + self.behind()
    }
}

/// What is read after one token: the next token of some options.
struct Read {
    slot: usize,
    targets: Vec<Token>,
    /// Whose they are: tree and option.
    owners: Vec<(usize, usize)>,
}

/// Some trees on their way through the engine.
#[derive(Default)]
struct Pack {
    slots: Vec<Slot>,
    reads: Vec<Read>,
    sequences: Vec<u32>,
}

impl Pack {
    /// Puts in what follows the first `from` tokens of a tree's context.
    fn add(&mut self, which: usize, tree: &Branches, from: usize) {
        let first = PREFIX + 1 + self.sequences.len() as u32;
        let own: Vec<u32> = (first..first + tree.sequences()).collect();
        let end = tree.context.len() - 1;
        for at in from..=end {
            let slot = slot(tree.context[at], at, first, at == end);
            self.slots.push(Slot { sequences: own.clone(), ..slot });
        }
        self.reads.push(Read {
            slot: self.slots.len() - 1,
            targets: tree.options.iter().map(|option| option[0]).collect(),
            owners: (0..tree.options.len()).map(|option| (which, option)).collect(),
        });
        let long = tree.options.iter().enumerate().filter(|(_, option)| option.len() > 1);
        for ((option, tokens), &sequence) in long.zip(&own) {
            for (at, pair) in tokens.windows(2).enumerate() {
                self.slots.push(slot(pair[0], end + 1 + at, sequence, true));
                self.reads.push(Read {
                    slot: self.slots.len() - 1,
                    targets: vec![pair[1]],
                    owners: vec![(which, option)],
                });
            }
        }
        self.sequences.extend(own);
    }

    /// The batches: at most so many tokens and so many logits in each.
    fn batches(&self, tokens: usize, outputs: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let (mut start, mut read) = (0, 0);
        for (at, slot) in self.slots.iter().enumerate() {
            if at - start == tokens || (slot.logits && read == outputs) {
                found.push(start..at);
                (start, read) = (at, 0);
            }
            read += usize::from(slot.logits);
        }
        found.push(start..self.slots.len());
        found
    }
}

impl Scheduler<'_> {
    /// The log-likelihood of every option of every tree, in nats. All contexts begin with the group's prefix.
    ///
    /// # Errors
    /// What the engine refuses.
    pub(super) fn score_branches(&mut self, trees: &[&Branches]) -> Result<Vec<Vec<f64>>, ScheduleError> {
        let mut sums: Vec<Vec<f64>> = trees.iter().map(|tree| vec![0.0; tree.options.len()]).collect();
        let mut at = 0;
        while at < trees.len() {
            let mut pack = Pack::default();
            let first = at;
            while at < trees.len() && (at == first || self.fits(&pack, trees[at])) {
                let mut from = 0;
                let next = PREFIX + 1 + pack.sequences.len() as u32;
                for sequence in next..next + trees[at].sequences() {
                    from = self.open(sequence)?;
                }
                pack.add(at, trees[at], from);
                self.work.tokens_saved +=
                    (trees[at].in_rows() - (trees[at].context.len() - from) - trees[at].behind()) as u64;
                at += 1;
            }
            self.run(&pack, &mut sums)?;
        }
        Ok(sums)
    }

    /// Whether another tree may share a batch. Alone in it, a few short options would have the whole output layer read for
    /// them, which of a large vocabulary is most of the model.
    fn fits(&self, pack: &Pack, tree: &Branches) -> bool {
        let shared = self.prefix.len();
        pack.sequences.len() as u32 + tree.sequences() <= self.sequences()
            && pack.slots.len() + tree.context.len() - shared + tree.behind() <= self.batch_tokens(shared)
    }

    fn run(&mut self, pack: &Pack, sums: &mut [Vec<f64>]) -> Result<(), ScheduleError> {
        let mut reads = pack.reads.iter().peekable();
        for part in pack.batches(self.settings.context.n_ubatch as usize, self.most_outputs()) {
            self.decode(&pack.slots[part.clone()])?;
            let mut read = Vec::new();
            while let Some(next) = reads.next_if(|next| next.slot < part.end) {
                read.push(next);
            }
            let places: Vec<(usize, &[Token])> =
                read.iter().map(|read| (read.slot - part.start, read.targets.as_slice())).collect();
            for (read, found) in read.iter().zip(self.logprobs(&places)?) {
                for (&(tree, option), logprob) in read.owners.iter().zip(found) {
                    sums[tree][option] += logprob;
                }
            }
        }
        for &sequence in &pack.sequences {
            self.close(sequence)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(ids: &[i32]) -> Vec<Token> {
        ids.iter().map(|&id| Token(id)).collect()
    }

    #[test]
    fn a_context_belongs_to_all_its_options_and_single_tokens_need_no_sequence() {
        let tree = Branches {
            context: tokens(&[1, 2, 3, 4]),
            options: vec![tokens(&[5]), tokens(&[6, 7, 8]), tokens(&[6, 9])],
        };
        assert_eq!((tree.behind(), tree.sequences(), tree.in_rows()), (3, 2, 3 * 4 + 3));
        let mut pack = Pack::default();
        pack.add(0, &tree, 2);
        let told: Vec<(i32, u32, &[u32], bool)> =
            pack.slots.iter().map(|slot| (slot.token.0, slot.position, &slot.sequences[..], slot.logits)).collect();
        let both: &[u32] = &[1, 2];
        assert_eq!(
            told,
            [(3, 2, both, false), (4, 3, both, true), (6, 4, &[1], true), (7, 5, &[1], true), (6, 4, &[2], true)]
        );
        let read: Vec<(usize, Vec<Token>)> = pack.reads.iter().map(|read| (read.slot, read.targets.clone())).collect();
        assert_eq!(read, [(1, tokens(&[5, 6, 6])), (2, tokens(&[7])), (3, tokens(&[8])), (4, tokens(&[9]))]);
        assert_eq!(pack.batches(512, 512), [Range { start: 0, end: 5 }]);
        assert_eq!(pack.batches(3, 512), [0..3, 3..5]);
        assert_eq!(pack.batches(512, 2), [0..3, 3..5], "a token without logits takes none of their room");
    }
}
