//! Hardware threads as the kernel describes them: which share a core, of what make they are.

use std::collections::BTreeSet;

use crate::sysfs::cpuinfo::{CpuInfo, Family};
use crate::sysfs::{Root, cpu_list};

const CPUS: &str = "sys/devices/system/cpu";

/// A hardware thread as the kernel describes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thread {
    pub(super) id: u32,
    pub(super) socket: u32,
    /// Lowest thread number on the same core.
    pub(super) first_sibling: u32,
    pub(super) capacity: Option<u32>,
    pub(super) min_khz: Option<f64>,
    pub(super) max_khz: Option<f64>,
    /// Intel's hybrid processors name their kinds.
    pub(super) hybrid: Option<&'static str>,
    /// Family of the processor.
    pub(super) family: Family,
    /// What tells cores of different make apart.
    pub(super) make: Option<String>,
    /// Implementer and part number, on ARM.
    pub(super) part: Option<(u32, u32)>,
    /// The number of its core in its package; below zero where the kernel does not know it.
    core: Option<i64>,
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
    let info = CpuInfo::read(root).unwrap_or_default();
    let family = info.family();
    let read = |id: u32| {
        let cpu = format!("{CPUS}/cpu{id}");
        let siblings = ["core_cpus_list", "thread_siblings_list"]
            .iter()
            .find_map(|file| root.text(&format!("{cpu}/topology/{file}")).ok())
            .map(|text| cpu_list(&text));
        // Some kernels give −1 for the package.
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
            family,
            make: info.make(id),
            part: info.arm_part(id),
            core: root.number(&format!("{cpu}/topology/core_id")).ok(),
        }
    };
    let mut threads: Vec<Thread> = ids.into_iter().map(read).collect();
    if threads.is_empty() && root.is_system() {
        return counted();
    }
    if cores_unknown(root, family, &threads) {
        threads.iter_mut().for_each(|thread| thread.first_sibling = thread.id);
    }
    threads
}

/// As many as the system tells where it describes none (macOS, Windows). Which share a core is known where each core has the
/// same number of them; else each is taken for a core of its own.
fn counted() -> Vec<Thread> {
    let threads = std::thread::available_parallelism().map_or(0, usize::from);
    let cores = sysinfo::System::physical_core_count().unwrap_or(threads);
    let together = if cores > 0 && threads.is_multiple_of(cores) { (threads / cores).max(1) } else { 1 };
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    (0..threads)
        .map(|id| Thread {
            id: number(id),
            socket: 0,
            first_sibling: number(id - id % together),
            capacity: None,
            min_khz: None,
            max_khz: None,
            hybrid: None,
            family: Family::Other,
            make: None,
            part: None,
            core: None,
        })
        .collect()
}

/// Whether the kernel does not know which threads share a core, and says that all do: a core number of −1, or, on ARM and
/// RISC-V, where hardly a processor has two threads a core, one number for all without a word of multithreading.
fn cores_unknown(root: &Root, family: Family, threads: &[Thread]) -> bool {
    let together: BTreeSet<u32> = threads.iter().map(|thread| thread.first_sibling).collect();
    let places: BTreeSet<(u32, Option<i64>)> = threads.iter().map(|thread| (thread.socket, thread.core)).collect();
    let one = threads.len() > 1 && (together.len() == 1 || places.len() == 1);
    let multithreaded = root.number::<u8>(&format!("{CPUS}/smt/active")) == Ok(1);
    threads.iter().any(|thread| thread.core.is_some_and(|core| core < 0))
        || (matches!(family, Family::Arm | Family::RiscV) && one && !multithreaded)
}
