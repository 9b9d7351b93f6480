//! Cores by kind: which threads are fast and which share a core.

use std::collections::BTreeSet;

use super::profile::CoreKind;
use crate::sysfs::{Root, cpu_list};
use crate::unit::{Bytes, Hertz};

const CPUS: &str = "sys/devices/system/cpu";

/// A hardware thread as the kernel describes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thread {
    pub(super) id: u32,
    pub(super) socket: u32,
    /// Lowest thread number on the same core.
    pub(super) first_sibling: u32,
    capacity: Option<u32>,
    min_khz: Option<f64>,
    max_khz: Option<f64>,
    /// Intel's hybrid processors name their kinds.
    hybrid: Option<&'static str>,
}

/// The hardware threads online.
pub(super) fn threads(root: &Root) -> Vec<Thread> {
    let online = ["online", "present"].iter().find_map(|file| root.text(&format!("{CPUS}/{file}")).ok());
    let ids = match online {
        Some(list) => cpu_list(&list),
        None => root.numbered(CPUS, "cpu").into_iter().map(|(id, _)| id).collect(),
    };
    let hybrid_list =
        |kind: &str| root.text(&format!("sys/devices/{kind}/cpus")).map(|text| cpu_list(&text)).unwrap_or_default();
    let (fast, slow) = (hybrid_list("cpu_core"), hybrid_list("cpu_atom"));
    ids.into_iter()
        .map(|id| {
            let cpu = format!("{CPUS}/cpu{id}");
            let siblings = ["core_cpus_list", "thread_siblings_list"]
                .iter()
                .find_map(|file| root.text(&format!("{cpu}/topology/{file}")).ok())
                .map(|text| cpu_list(&text));
            // Some ARM kernels give −1 for the package.
            let socket = root.number::<i64>(&format!("{cpu}/topology/physical_package_id")).unwrap_or(0).max(0);
            let hybrid = match () {
                () if slow.is_empty() || fast.is_empty() => None,
                () if fast.contains(&id) => Some("performance"),
                () => Some("efficiency"),
            };
            Thread {
                id,
                socket: u32::try_from(socket).unwrap_or(0),
                first_sibling: siblings.and_then(|list| list.into_iter().min()).unwrap_or(id),
                capacity: root.number(&format!("{cpu}/cpu_capacity")).ok(),
                min_khz: root.number(&format!("{cpu}/cpufreq/cpuinfo_min_freq")).ok(),
                max_khz: root.number(&format!("{cpu}/cpufreq/cpuinfo_max_freq")).ok(),
                hybrid,
            }
        })
        .collect()
}

/// How fast a thread is in comparison with others of the machine, by the best evidence that all of them have.
fn ranks(threads: &[Thread]) -> Vec<f64> {
    let all = |value: &dyn Fn(&Thread) -> Option<f64>| threads.iter().map(value).collect::<Option<Vec<f64>>>();
    all(&|t| t.hybrid.map(|kind| if kind == "performance" { 2.0 } else { 1.0 }))
        .or_else(|| all(&|t| t.capacity.map(f64::from)))
        .or_else(|| all(&|t| t.max_khz))
        .unwrap_or_else(|| vec![1.0; threads.len()])
}

/// Threads grouped by kind, fastest first. Ranks less than 10 % apart are one kind: single cores of PC processors turbo a little higher.
pub(super) fn kinds(threads: &[Thread]) -> Vec<CoreKind> {
    let ranks = ranks(threads);
    let mut order: Vec<usize> = (0..threads.len()).collect();
    order.sort_by(|&a, &b| ranks[b].total_cmp(&ranks[a]).then(threads[a].id.cmp(&threads[b].id)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match groups.last_mut() {
            Some(group) if ranks[index] > 0.9 * ranks[group[0]] => group.push(index),
            _ => groups.push(vec![index]),
        }
    }
    let count = groups.len();
    let khz = |values: Vec<f64>, pick: fn(f64, f64) -> f64| {
        values.into_iter().reduce(pick).map(|khz| Hertz::from_hertz(khz * 1e3))
    };
    groups
        .into_iter()
        .enumerate()
        .map(|(place, group)| {
            let name = match (place, count) {
                (_, 1) => "all",
                (0, _) => "big",
                (place, count) if place + 1 == count => "little",
                _ => "middle",
            };
            let mut ids: Vec<u32> = group.iter().map(|&index| threads[index].id).collect();
            ids.sort_unstable();
            CoreKind {
                name: name.to_owned(),
                threads: ids,
                capacity: group.iter().filter_map(|&index| threads[index].capacity).max(),
                min_frequency: khz(group.iter().filter_map(|&index| threads[index].min_khz).collect(), f64::min),
                max_frequency: khz(group.iter().filter_map(|&index| threads[index].max_khz).collect(), f64::max),
                core: None,
            }
        })
        .collect()
}

/// One hardware thread for each fast core, by number: the threads that `-t auto` begins with.
///
/// On a machine with one kind of core these are all physical cores. On one with several kinds they are the kinds with at
/// least half the capacity of the fastest; where no capacity is known, all kinds but the slowest.
#[must_use]
pub fn performance_cores(root: &Root) -> Vec<u32> {
    let threads = threads(root);
    let kinds = kinds(&threads);
    let top = kinds.first().and_then(|kind| kind.capacity);
    let hybrid = threads.iter().any(|thread| thread.hybrid.is_some());
    let fast = |place: usize, kind: &CoreKind| match (top, kind.capacity) {
        (Some(top), Some(capacity)) if !hybrid => 2 * capacity >= top,
        _ => place == 0 || place + 1 < kinds.len(),
    };
    let chosen: BTreeSet<u32> = kinds
        .iter()
        .enumerate()
        .filter(|(place, kind)| fast(*place, kind))
        .flat_map(|(_, kind)| kind.threads.iter().copied())
        .collect();
    let mut taken = BTreeSet::new();
    threads.iter().filter(|t| chosen.contains(&t.id) && taken.insert(t.first_sibling)).map(|t| t.id).collect()
}

/// One hardware thread for each physical core of any kind.
#[must_use]
pub fn physical_cores(root: &Root) -> Vec<u32> {
    let mut taken = BTreeSet::new();
    threads(root).iter().filter(|thread| taken.insert(thread.first_sibling)).map(|thread| thread.id).collect()
}

/// Size of all last-level caches together; `None` where the kernel does not describe caches.
pub(super) fn last_level_cache(root: &Root, threads: &[Thread]) -> Option<Bytes> {
    let mut seen = BTreeSet::new();
    let mut best = (0_u32, 0_u64);
    for thread in threads {
        for (_, index) in root.numbered(&format!("{CPUS}/cpu{}/cache", thread.id), "index") {
            let kind = root.text(&format!("{index}/type")).unwrap_or_default();
            let (Ok(level), Ok(size)) =
                (root.number::<u32>(&format!("{index}/level")), root.text(&format!("{index}/size")))
            else {
                continue;
            };
            let Some(kib) = size.strip_suffix('K').and_then(|kib| kib.parse::<u64>().ok()) else { continue };
            let shared = root.text(&format!("{index}/shared_cpu_list")).unwrap_or_else(|_| thread.id.to_string());
            if kind == "Instruction" || level < best.0 || !seen.insert((level, shared)) {
                continue;
            }
            best = if level > best.0 { (level, kib) } else { (level, best.1 + kib) };
        }
    }
    (best.1 > 0).then(|| Bytes::from_kib(best.1))
}
