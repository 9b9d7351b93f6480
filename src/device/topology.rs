//! Cores: which are fast, which this process may use, and the cache behind them.

use std::collections::BTreeSet;

use super::core_kinds;
use super::hardware_thread::{Thread, threads};
use crate::sysfs::Root;
use crate::sysfs::cgroup::processors::allowance;
use crate::unit::Bytes;

const CPUS: &str = "sys/devices/system/cpu";

/// One hardware thread for each fast core that this process may use, by number: the threads that `-t auto` begins with.
///
/// On a machine with one kind of core these are all physical cores. A process that may use slow cores only has those.
#[must_use]
pub fn performance_cores(root: &Root) -> Vec<u32> {
    let threads = threads(root);
    let fast = core_kinds::fast(&threads);
    let may = allowance(root);
    let chosen = one_each(threads.iter().filter(|thread| fast.contains(&thread.id) && may.allows(thread.id)));
    if chosen.is_empty() { physical_cores(root) } else { chosen }
}

/// One hardware thread for each physical core of any kind that this process may use.
#[must_use]
pub fn physical_cores(root: &Root) -> Vec<u32> {
    let may = allowance(root);
    one_each(threads(root).iter().filter(|thread| may.allows(thread.id)))
}

/// The first of the threads on each core.
fn one_each<'a>(threads: impl Iterator<Item = &'a Thread>) -> Vec<u32> {
    let mut taken = BTreeSet::new();
    threads.filter(|thread| taken.insert(thread.first_sibling)).map(|thread| thread.id).collect()
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
