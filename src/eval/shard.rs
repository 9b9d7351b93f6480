//! Sharing an evaluation out: whole blocks, so that every item is evaluated in the batch in which one machine alone would.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most shards of an evaluation.
const MOST: u32 = 4096;

/// One machine's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether it is all.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Which one, from 0.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of && of <= MOST => Ok(Self { index, of }),
            _ => Err(format!("'{text}' is no shard: K/N with K from 0 to N-1 and N at most {MOST}")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Deals blocks out, each to the share with the fewest items so far; every machine deals the same.
#[derive(Debug)]
pub(super) struct Deal {
    shard: Shard,
    items: Vec<usize>,
}

impl Deal {
    pub(super) fn new(shard: Shard) -> Self {
        Self { shard, items: vec![0; shard.of as usize] }
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.shard.is_whole()
    }

    /// Deals the next block; whether it is this share's.
    pub(super) fn takes(&mut self, items: usize) -> bool {
        // The first of equals: `min_by_key` keeps it.
        let Some(least) = (0..self.items.len()).min_by_key(|&share| self.items[share]) else { return false };
        self.items[least] += items;
        least == self.shard.index as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_goes_to_exactly_one_share_and_shares_are_even() {
        let blocks = [64, 64, 3, 10, 64, 1, 1, 1, 64, 20, 7];
        let mut totals = Vec::new();
        let mut owners = vec![0; blocks.len()];
        for index in 0..3 {
            let mut deal = Deal::new(format!("{index}/3").parse().unwrap());
            let taken: Vec<bool> = blocks.iter().map(|items| deal.takes(*items)).collect();
            totals.push(blocks.iter().zip(&taken).filter(|(_, mine)| **mine).map(|(items, _)| items).sum::<usize>());
            owners.iter_mut().zip(&taken).for_each(|(owner, mine)| *owner += usize::from(*mine));
        }
        assert!(owners.iter().all(|owner| *owner == 1));
        assert!(totals.iter().max().unwrap() - totals.iter().min().unwrap() <= 64, "{totals:?}");
    }

    #[test]
    fn shards_are_read_and_refused() {
        assert_eq!("5/6".parse::<Shard>().unwrap().to_string(), "5/6");
        for text in ["6/6", "-1/6", "1", "0/0", "0/9999", "a/b", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
