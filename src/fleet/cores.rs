//! Cores: asking for some, and looking what the kernel made of it in `Cpus_allowed_list`.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::Pin;
use crate::device::topology;
use crate::sysfs::{Root, cpu_list, field};

/// Processes looked at when the children of one are searched.
const MOST_PROCESSES: usize = 1 << 16;

/// The cores that a wish stands for here; `None` where nothing is asked for.
#[must_use]
pub(crate) fn wished(pin: &Pin, root: &Root) -> Option<Vec<u32>> {
    match pin {
        Pin::None => None,
        Pin::Big => Some(topology::performance_cores(root)),
        Pin::List(list) => Some(cpu_list(list)),
    }
}

/// Asks the kernel to keep this process, and what it starts from now on, on these cores.
///
/// # Errors
/// The kernel's.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn keep_to(cores: &[u32]) -> std::io::Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    for core in cores.iter().filter(|core| (**core as usize) < rustix::thread::CpuSet::MAX_CPU) {
        set.set(*core as usize);
    }
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

/// Elsewhere than on Linux and Android no cores can be chosen.
///
/// # Errors
/// Always.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn keep_to(_cores: &[u32]) -> std::io::Result<()> {
    Err(std::io::Error::other("this system lets nobody choose cores"))
}

/// The cores that the kernel allows a process (`self` or a number), as it lists them.
#[must_use]
pub(crate) fn allowed(root: &Root, process: &str) -> Option<String> {
    let status = root.text(&format!("proc/{process}/status")).ok()?;
    Some(field(&status, "Cpus_allowed_list")?.to_owned())
}

/// The lists of every thread of a process and of all that descend from it.
#[must_use]
pub(crate) fn allowed_below(root: &Root, process: u32) -> BTreeSet<String> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for name in root.list("proc").into_iter().take(MOST_PROCESSES) {
        let Ok(id) = name.parse::<u32>() else { continue };
        let Ok(status) = root.text(&format!("proc/{id}/status")) else { continue };
        if let Some(parent) = field(&status, "PPid").and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut seen = BTreeSet::new();
    let mut open = vec![process];
    while let Some(id) = open.pop() {
        for thread in root.list(&format!("proc/{id}/task")) {
            seen.extend(allowed(root, &format!("{id}/task/{thread}")));
        }
        open.extend(children.remove(&id).unwrap_or_default());
    }
    seen
}

/// A list of cores as the kernel would write it.
#[must_use]
pub(crate) fn listed(cores: &[u32]) -> String {
    let cores: BTreeSet<u32> = cores.iter().copied().collect();
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for core in cores {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == core => *last = core,
            _ => parts.push((core, core)),
        }
    }
    let text = |(first, last): (u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    parts.into_iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_as_the_kernel_writes_them() {
        assert_eq!(listed(&[4, 5, 6, 7]), "4-7");
        assert_eq!(listed(&[7, 0, 1, 3]), "0-1,3,7");
        assert_eq!(cpu_list(&listed(&[0, 2, 3])), [0, 2, 3]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_confirms_what_was_asked_for() {
        std::thread::spawn(|| {
            let root = Root::system();
            let first = cpu_list(&allowed(&root, "thread-self").unwrap())[0];
            keep_to(&[first]).unwrap();
            assert_eq!(allowed(&root, "thread-self").unwrap(), first.to_string());
            // What is started from here inherits it.
            let mut child = std::process::Command::new("sleep").arg("20").spawn().unwrap();
            let seen = allowed_below(&root, child.id());
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(seen, BTreeSet::from([first.to_string()]));
        })
        .join()
        .unwrap();
    }
}
