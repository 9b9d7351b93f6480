//! Which items of a task are evaluated: all, a seeded stratified sample, or a list of ids.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::task::Task;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subset {
    /// Every item.
    Full,
    /// At most so many items, drawn within strata in proportion to their sizes.
    Limit {
        /// Items wanted.
        items: usize,
        /// Seed of the draw.
        seed: u64,
    },
    /// The items with these ids, each alone or as [`of_task`] writes it (ids of other tasks are passed over).
    Ids(BTreeSet<String>),
}

/// The items to evaluate, in the order of the data, or in the task's own order where it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Selection {
    /// Indices into the task.
    #[serde(skip)]
    pub indices: Vec<usize>,
    /// `full`, `stratified`, `ordered` (the first items of the task's own order) or `ids`.
    pub method: Cow<'static, str>,
    /// Items of the task.
    pub population: usize,
    /// Seed of a stratified draw, or of the task's own order (not the user's).
    pub seed: Option<u64>,
    /// Selected and available items of each stratum.
    pub strata: BTreeMap<String, (usize, usize)>,
}

/// An id that means one task's item only: `piqa:147`.
#[must_use]
pub fn of_task(task: &str, id: &str) -> String {
    format!("{task}:{id}")
}

/// Whether a list asks for an item, and by which of its two names.
pub(super) fn asked_for<'a>(ids: &'a BTreeSet<String>, task: &dyn Task, index: usize) -> Option<&'a String> {
    let id = task.id(index);
    ids.get(&id).or_else(|| ids.get(&of_task(task.name(), &id)))
}

/// Shares `total` among strata in proportion to their sizes: whole parts first, then the largest remainders
/// (Hamilton's method); equal remainders go by `order`.
fn apportion(sizes: &[usize], total: usize, order: &[usize]) -> Vec<usize> {
    let population: usize = sizes.iter().sum();
    if population == 0 {
        return vec![0; sizes.len()];
    }
    let total = total.min(population);
    let mut parts: Vec<usize> = sizes.iter().map(|size| size * total / population).collect();
    let mut rest: Vec<usize> = order.to_vec();
    rest.sort_by_key(|&at| std::cmp::Reverse(sizes[at] * total % population));
    let missing = total - parts.iter().sum::<usize>();
    for at in rest.into_iter().take(missing) {
        parts[at] += 1;
    }
    parts
}

/// All items of a task in its own order, if it has one. Every item counts alike in it, whatever its stratum: the first
/// items are a simple random sample of all.
fn order(task: &dyn Task) -> Option<(Vec<usize>, u64)> {
    let seed = task.order_seed()?;
    let mut all: Vec<usize> = (0..task.len()).collect();
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    Some((all, seed))
}

/// The selection that a log is kept for: of a task with an order of its own the whole order, of which any number of first
/// items is the beginning, so that a longer run continues the log of a shorter one.
#[must_use]
pub fn logged<'a>(task: &dyn Task, selection: &'a Selection) -> Cow<'a, Selection> {
    if matches!(&*selection.method, "ordered" | "full") && task.order_seed().is_some() {
        return Cow::Owned(select(task, &Subset::Full));
    }
    Cow::Borrowed(selection)
}

/// Picks the items of a task.
#[must_use]
pub fn select(task: &dyn Task, subset: &Subset) -> Selection {
    let mut strata: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in 0..task.len() {
        strata.entry(task.stratum(index)).or_default().push(index);
    }
    let own_order = order(task);
    let in_own_order = own_order.is_some() && !matches!(subset, Subset::Ids(_));
    let (mut indices, method, seed): (Vec<usize>, _, _) = match (subset, own_order) {
        (Subset::Full, Some((all, seed))) => (all, "full", Some(seed)),
        (Subset::Limit { items, .. }, Some((mut all, seed))) => {
            all.truncate(*items);
            (all, "ordered", Some(seed))
        }
        (Subset::Full, None) => ((0..task.len()).collect(), "full", None),
        (Subset::Ids(ids), _) => {
            ((0..task.len()).filter(|&index| asked_for(ids, task, index).is_some()).collect(), "ids", None)
        }
        (Subset::Limit { items, seed }, None) => {
            let mut random = ChaCha8Rng::seed_from_u64(*seed);
            let sizes: Vec<usize> = strata.values().map(Vec::len).collect();
            // Many strata may tie for the last places; chance, not the alphabet, decides among them.
            let mut order: Vec<usize> = (0..sizes.len()).collect();
            order.shuffle(&mut random);
            let parts = apportion(&sizes, *items, &order);
            let mut drawn = Vec::new();
            for (members, part) in strata.values().zip(parts) {
                let mut members = members.clone();
                members.shuffle(&mut random);
                drawn.extend_from_slice(&members[..part]);
            }
            (drawn, "stratified", Some(*seed))
        }
    };
    if !in_own_order {
        indices.sort_unstable();
    }
    let chosen: BTreeSet<usize> = indices.iter().copied().collect();
    let counts = |(name, members): (String, Vec<usize>)| {
        let selected = members.iter().filter(|index| chosen.contains(index)).count();
        (name, (selected, members.len()))
    };
    let method = Cow::Borrowed(method);
    Selection { method, seed, population: task.len(), strata: strata.into_iter().map(counts).collect(), indices }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_remainders_get_the_rest() {
        // Sizes 53, 24, 23 of 100 for 10 places: quotas 5.3, 2.4, 2.3.
        assert_eq!(apportion(&[53, 24, 23], 10, &[0, 1, 2]), [5, 3, 2]);
        assert_eq!(apportion(&[1, 1, 1], 2, &[2, 0, 1]), [1, 0, 1]);
        assert_eq!(apportion(&[2, 3], 100, &[0, 1]), [2, 3]);
    }
}
