//! Which cores are of one kind, and which kind is fast.
//!
//! The make of a core (its part number, its type) goes before its numbers: a device tree without capacities gives 1024 to
//! all, and a processor of one kind lets single cores turbo a quarter higher.

use std::collections::{BTreeMap, BTreeSet};

use super::arm_cores;
use super::hardware_thread::Thread;
use super::profile::CoreKind;

use crate::sysfs::cpuinfo::Family;
use crate::unit::Hertz;

/// Ranks less than a tenth apart are one kind.
const SAME: f64 = 0.9;

/// What tells the kinds of a machine apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// The processor's own list of types, as Intel's hybrid ones have it.
    Type,
    /// The scheduler's capacities.
    Capacity,
    /// Part numbers, where capacities say nothing.
    Part,
    /// Frequencies.
    Frequency,
    /// Nothing: all are taken for equal.
    Nothing,
}

/// Threads grouped by kind, fastest first.
pub(super) fn kinds(threads: &[Thread]) -> Vec<CoreKind> {
    let (groups, _) = groups(threads);
    let count = groups.len();
    let khz = |values: Vec<f64>, pick: fn(f64, f64) -> f64| {
        values.into_iter().reduce(pick).map(|khz| Hertz::from_hertz(khz * 1e3))
    };
    let kind = |(place, group): (usize, Vec<&Thread>)| {
        let name = match (place, count) {
            (_, 1) => "all",
            (0, _) => "big",
            (place, count) if place + 1 == count => "little",
            _ => "middle",
        };
        let mut ids: Vec<u32> = group.iter().map(|thread| thread.id).collect();
        ids.sort_unstable();
        CoreKind {
            name: name.to_owned(),
            threads: ids,
            capacity: group.iter().filter_map(|thread| thread.capacity).max(),
            min_frequency: khz(group.iter().filter_map(|thread| thread.min_khz).collect(), f64::min),
            max_frequency: khz(group.iter().filter_map(|thread| thread.max_khz).collect(), f64::max),
            core: None,
        }
    };
    groups.into_iter().enumerate().map(kind).collect()
}

/// The threads of the kinds that a measurement begins with: those with at least half the capacity of the fastest; where
/// parts alone tell, all but those made to save energy; where frequencies or types alone tell, all kinds but the slowest.
pub(super) fn fast(threads: &[Thread]) -> BTreeSet<u32> {
    let (groups, evidence) = groups(threads);
    let count = groups.len();
    let top = groups.first().and_then(|group| group.iter().filter_map(|thread| thread.capacity).max());
    let chosen = |(place, group): &(usize, Vec<&Thread>)| match evidence {
        Evidence::Capacity => {
            let own = group.iter().filter_map(|thread| thread.capacity).max();
            own.zip(top).is_none_or(|(own, top)| 2 * own >= top)
        }
        Evidence::Part => *place == 0 || !group.iter().all(|thread| saver(thread)),
        Evidence::Type | Evidence::Frequency | Evidence::Nothing => *place == 0 || place + 1 < count,
    };
    groups.into_iter().enumerate().filter(chosen).flat_map(|(_, group)| group).map(|thread| thread.id).collect()
}

fn saver(thread: &Thread) -> bool {
    thread.part.is_some_and(arm_cores::saves_energy)
}

/// The groups, fastest first, and what tells them apart.
fn groups(threads: &[Thread]) -> (Vec<Vec<&Thread>>, Evidence) {
    let (ranks, evidence) = ranks(threads);
    // The makes, where every thread has one; else all threads are looked at together.
    let makes = threads.iter().map(|thread| thread.make.as_deref()).collect::<Option<Vec<&str>>>();
    let mut by_make: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for index in 0..threads.len() {
        let make = if evidence == Evidence::Type { "" } else { makes.as_ref().map_or("", |makes| makes[index]) };
        by_make.entry(make).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for mut members in by_make.into_values() {
        members.sort_by(|&a, &b| ranks[b].total_cmp(&ranks[a]).then(threads[a].id.cmp(&threads[b].id)));
        let mut of_make: Vec<Vec<usize>> = Vec::new();
        for index in members {
            match of_make.last_mut() {
                Some(group) if ranks[index] > SAME * ranks[group[0]] => group.push(index),
                _ => of_make.push(vec![index]),
            }
        }
        groups.append(&mut of_make);
    }
    groups.sort_by(|a, b| ranks[b[0]].total_cmp(&ranks[a[0]]).then(threads[a[0]].id.cmp(&threads[b[0]].id)));
    (groups.into_iter().map(|group| group.into_iter().map(|index| &threads[index]).collect()).collect(), evidence)
}

/// How fast a thread is in comparison with others of the machine, by the best evidence that all of them have.
fn ranks(threads: &[Thread]) -> (Vec<f64>, Evidence) {
    let all = |value: &dyn Fn(&Thread) -> Option<f64>| threads.iter().map(value).collect::<Option<Vec<f64>>>();
    let same = || vec![1.0; threads.len()];
    if let Some(ranks) = all(&|t| t.hybrid.map(|kind| if kind == "performance" { 2.0 } else { 1.0 })) {
        return (ranks, Evidence::Type);
    }
    if threads.iter().any(|thread| thread.family == Family::X86) {
        return (same(), Evidence::Nothing);
    }
    let makes: BTreeSet<Option<&str>> = threads.iter().map(|thread| thread.make.as_deref()).collect();
    let distinct = makes.len() > 1 && !makes.contains(&None);
    let capacities = all(&|t| t.capacity.map(f64::from));
    let flat = capacities.as_ref().is_some_and(|all| all.windows(2).all(|pair| pair[0] == pair[1]));
    let frequencies = all(&|t| t.max_khz);
    match (capacities, frequencies) {
        (Some(capacities), _) if !(flat && distinct) => (capacities, Evidence::Capacity),
        (_, frequencies) if distinct => {
            let mut ranks = frequencies.unwrap_or_else(same);
            // A core that saves energy may have the higher clock and is the slower one all the same.
            if !threads.iter().all(saver) {
                ranks.iter_mut().zip(threads).filter(|(_, thread)| saver(thread)).for_each(|(rank, _)| *rank *= 0.4);
            }
            (ranks, Evidence::Part)
        }
        (_, Some(frequencies)) => (frequencies, Evidence::Frequency),
        _ => (same(), Evidence::Nothing),
    }
}
