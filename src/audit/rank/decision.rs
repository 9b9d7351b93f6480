//! From the items of every file to an order: divergences between the files that have one, losses against the reference.

use std::collections::{BTreeMap, BTreeSet};

use super::record::RankBasis;
use crate::audit::pairing::Records;
use crate::eval::divergence::Position;
use crate::law::ranking::{Contender, Costs, Placing, RankVerdict, rank};
use crate::stat::Bootstrap;

/// One file as it was measured.
pub(super) struct Seen<'a> {
    pub(super) sha256: &'a str,
    /// Whether the others are compared with it.
    pub(super) reference: bool,
    pub(super) records: &'a Records,
    /// Its divergence from the reference, position by position.
    pub(super) positions: Option<&'a [Position]>,
}

/// What follows.
pub(super) struct Decision {
    /// One of each file, in the order in which they were given.
    pub(super) placings: Vec<Placing>,
    pub(super) basis: RankBasis,
    /// The file, not the reference, that no other but the reference surely beats, where there is one.
    pub(super) winner: Option<usize>,
    /// Where there is none: those that are tied, and items that would tell the closest two of them.
    pub(super) tied: Vec<usize>,
    pub(super) items_to_tell: Option<u64>,
    /// Items that the order rests on.
    pub(super) items: usize,
}

/// Ranks files. The reference is no distance away from itself, which is no merit: it is held against the others by its loss.
pub(super) fn decide(seen: &[Seen<'_>], bootstrap: Bootstrap) -> Decision {
    let others = || seen.iter().filter(|file| !file.reference);
    let basis = match others().count() > 0 && others().all(|file| file.positions.is_some()) {
        true => RankBasis::Kl,
        false => RankBasis::Loss,
    };
    let losses = losses(seen);
    let divergences = if basis == RankBasis::Kl { divergences(seen) } else { Vec::new() };
    let count = |strata: &[Vec<Vec<f64>>]| strata.iter().map(Vec::len).sum::<usize>();
    let items = if basis == RankBasis::Kl { count(&divergences) } else { count(&losses) };
    let total = |strata: &[Vec<Vec<f64>>], file: usize| strata.iter().flatten().map(|item| item[file]).sum::<f64>();
    let by_loss = Costs::of(&losses, seen.len(), bootstrap);
    let by_divergence = Costs::of(&divergences, seen.len(), bootstrap);
    let test = |a: usize, b: usize| match basis {
        RankBasis::Kl if !seen[a].reference && !seen[b].reference => by_divergence.test(a, b),
        _ => by_loss.test(a, b),
    };
    let cost = |file: usize| match basis {
        RankBasis::Kl => total(&divergences, file),
        RankBasis::Loss => total(&losses, file),
    };
    let contender = |file: usize| Contender { cost: cost(file), sha256: seen[file].sha256 };
    let all: Vec<usize> = (0..seen.len()).collect();
    let placings = rank(&all.iter().map(|&file| contender(file)).collect::<Vec<_>>(), &test);
    let asked: Vec<usize> = all.into_iter().filter(|&file| !seen[file].reference).collect();
    let among = rank(&asked.iter().map(|&file| contender(file)).collect::<Vec<_>>(), &|a, b| test(asked[a], asked[b]));
    let with = |verdict: RankVerdict| -> Vec<usize> {
        asked.iter().zip(&among).filter(|(_, placing)| placing.verdict == verdict).map(|(&file, _)| file).collect()
    };
    let (best, tied) = (with(RankVerdict::Best), with(RankVerdict::Tied));
    // Of the pairs of which one could be told from the other, the one that takes most.
    let items_to_tell = among.iter().filter_map(|placing| placing.items_to_tell).max();
    Decision { placings, basis, winner: best.first().copied(), tied, items_to_tell, items }
}

/// Bits of the texts that every file has a loss of: by task, by item, by file.
fn losses(seen: &[Seen<'_>]) -> Vec<Vec<Vec<f64>>> {
    let Some(first) = seen.first() else { return Vec::new() };
    let item = |task: &str, id: &str| {
        let of = |file: &Seen<'_>| file.records.get(task)?.get(id)?.nll_nats.filter(|nats| nats.is_finite());
        seen.iter().map(of).collect::<Option<Vec<f64>>>()
    };
    first.records.iter().map(|(task, records)| records.keys().filter_map(|id| item(task, id)).collect()).collect()
}

/// Divergences summed over the positions of an item: by task, by item, by file; of the reference nothing.
fn divergences(seen: &[Seen<'_>]) -> Vec<Vec<Vec<f64>>> {
    let of = |file: &Seen<'_>| {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for position in file.positions.unwrap_or_default() {
            *sums.entry(position.item.clone()).or_default() += position.kl_nats;
        }
        sums
    };
    let sums: Vec<BTreeMap<String, f64>> = seen.iter().map(of).collect();
    let names: BTreeSet<&String> = sums.iter().flat_map(BTreeMap::keys).collect();
    let mut tasks: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    for name in names {
        let cost = |(file, sums): (&Seen<'_>, &BTreeMap<String, f64>)| {
            if file.reference { Some(0.0) } else { sums.get(name).copied() }
        };
        if let Some(row) = seen.iter().zip(&sums).map(cost).collect::<Option<Vec<f64>>>() {
            tasks.entry(name.split('/').next().unwrap_or_default()).or_default().push(row);
        }
    }
    tasks.into_values().collect()
}
