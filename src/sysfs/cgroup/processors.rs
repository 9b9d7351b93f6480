//! The processors that this process may use: affinity, cpusets and quotas of all control groups above it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{of_controller, own_path, parents};
use crate::sysfs::{Root, cpu_list, field};

/// What bounds the processors of this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Allowance {
    /// Hardware threads that it may run on; `None` where nothing says.
    pub threads: Option<Vec<u32>>,
    /// Processors' worth of time that it gets; `None` without a quota.
    pub quota: Option<f64>,
    /// What says so, in words.
    pub rules: Vec<String>,
}

impl Allowance {
    /// Whether a thread may be used.
    #[must_use]
    pub fn allows(&self, thread: u32) -> bool {
        self.threads.as_ref().is_none_or(|threads| threads.contains(&thread))
    }

    /// Threads that can compute at the same time of `threads`: more than the whole processors of a quota would be halted
    /// together at the end of every period.
    #[must_use]
    pub fn at_once(&self, threads: usize) -> usize {
        let whole = self.quota.map_or(usize::MAX, |quota| (quota + 1e-6).floor() as usize);
        threads.min(whole).max(1)
    }
}

/// Periods of the scheduler's bandwidth control, over all groups with a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Periods {
    /// Periods in which the group wanted to run.
    pub all: u64,
    /// Those in which it was halted because its quota was used up.
    pub throttled: u64,
}

impl Periods {
    /// Those since an earlier look.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self { all: self.all.saturating_sub(earlier.all), throttled: self.throttled.saturating_sub(earlier.throttled) }
    }
}

/// The bounds on this process below a root.
#[must_use]
pub fn allowance(root: &Root) -> Allowance {
    let mut found = Allowance::default();
    let status = root.text("proc/self/status").unwrap_or_default();
    let running = running(root);
    let mut lists: Vec<(String, Vec<u32>)> = Vec::new();
    if let Some(list) = field(&status, "Cpus_allowed_list") {
        lists.push((format!("affinity {list}"), cpu_list(list)));
    }
    let own = root.text("proc/self/cgroup").unwrap_or_default();
    for (group, files) in
        groups(&own, "cpuset", &["cpuset.cpus.effective", "cpuset.cpus"], &["cpuset.effective_cpus", "cpuset.cpus"])
    {
        // A group that was given none has those of the group above it.
        let list = files.iter().find_map(|file| root.text(&format!("{group}/{file}")).ok());
        if let Some(list) = list.filter(|list| !cpu_list(list).is_empty()) {
            lists.push((format!("cpuset {list} of /{group}"), cpu_list(&list)));
        }
    }
    for (rule, list) in lists {
        let list: BTreeSet<u32> = list.into_iter().collect();
        // What leaves out no processor that runs bounds nothing.
        if !running.is_empty() && running.iter().all(|thread| list.contains(thread)) {
            continue;
        }
        let before = found.threads.clone().unwrap_or_else(|| running.clone());
        let both: Vec<u32> = match before.is_empty() {
            true => list.into_iter().collect(),
            false => before.iter().copied().filter(|thread| list.contains(thread)).collect(),
        };
        if !both.is_empty() && found.threads.as_ref() != Some(&both) {
            found.rules.push(rule);
            found.threads = Some(both);
        }
    }
    for (group, quota) in quotas(root, &own) {
        found.rules.push(format!("quota of {quota:.2} processors of /{group}"));
        found.quota = Some(found.quota.map_or(quota, |least: f64| least.min(quota)));
    }
    found
}

/// The processors that run: those of `/proc/stat`, where it is open, since it is the kernel's own account of them.
fn running(root: &Root) -> Vec<u32> {
    let stat = root.text("proc/stat").unwrap_or_default();
    let number = |line: &str| line.strip_prefix("cpu")?.split(' ').next()?.parse::<u32>().ok();
    let counted: Vec<u32> = stat.lines().filter_map(number).collect();
    if counted.is_empty() {
        return root.text("sys/devices/system/cpu/online").map(|list| cpu_list(&list)).unwrap_or_default();
    }
    counted
}

/// The periods so far of every group with a quota; `None` where none has one.
#[must_use]
pub fn periods(root: &Root) -> Option<Periods> {
    let own = root.text("proc/self/cgroup").unwrap_or_default();
    let counted = quotas(root, &own).into_iter().filter_map(|(group, _)| {
        let stat = root.text(&format!("{group}/cpu.stat")).ok()?;
        let count = |key: &str| stat.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
        Some(Periods { all: count("nr_periods ")?, throttled: count("nr_throttled ")? })
    });
    counted.reduce(|a, b| Periods { all: a.all.max(b.all), throttled: a.throttled + b.throttled })
}

/// Every group with a quota, and how many processors' worth of time it is.
fn quotas(root: &Root, own: &str) -> Vec<(String, f64)> {
    let share = |quota: f64, period: f64| Some(quota / period).filter(|share| *share > 0.0 && share.is_finite());
    let mut found = Vec::new();
    for (group, files) in groups(own, "cpu", &["cpu.max"], &["cpu.cfs_quota_us"]) {
        let Ok(text) = root.text(&format!("{group}/{}", files[0])) else { continue };
        let mut words = text.split_whitespace().map(str::parse::<f64>);
        let quota = words.next().and_then(Result::ok).filter(|quota| *quota > 0.0);
        let period =
            words.next().and_then(Result::ok).or_else(|| root.number(&format!("{group}/cpu.cfs_period_us")).ok());
        if let Some(share) = quota.and_then(|quota| share(quota, period.unwrap_or(100_000.0))) {
            found.push((group, share));
        }
    }
    found
}

/// The groups of this process for a controller, of version 2 and of version 1, with the files of each version.
fn groups<'a>(own: &str, controller: &str, two: &'a [&'a str], one: &'a [&'a str]) -> Vec<(String, &'a [&'a str])> {
    let unified = own_path(own, str::is_empty);
    let mut found: Vec<(String, &[&str])> = Vec::new();
    for hierarchy in ["sys/fs/cgroup", "sys/fs/cgroup/unified"] {
        found.extend(parents(hierarchy, unified).into_iter().map(|group| (group, two)));
    }
    let (path, names) = of_controller(own, controller);
    for name in names {
        found.extend(parents(&format!("sys/fs/cgroup/{name}"), &path).into_iter().map(|group| (group, one)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::*;

    fn read(files: &[(&str, &str)]) -> Allowance {
        allowance(&Root::at(tree(files).path()))
    }

    const ONLINE: (&str, &str) = ("sys/devices/system/cpu/online", "0-15\n");

    #[test]
    fn a_container_of_two_processors_on_four_threads() {
        let found = read(&[
            ONLINE,
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/cpu.max", "200000 100000\n"),
            ("sys/fs/cgroup/cpuset.cpus.effective", "0-3\n"),
        ]);
        assert_eq!((found.threads, found.quota), (Some(vec![0, 1, 2, 3]), Some(2.0)));
        assert_eq!(found.rules, ["cpuset 0-3 of /sys/fs/cgroup", "quota of 2.00 processors of /sys/fs/cgroup"]);
    }

    #[test]
    fn the_least_of_the_whole_path_counts_in_both_versions() {
        let two = read(&[
            ONLINE,
            ("proc/self/status", "Name:\tx\nCpus_allowed_list:\t2-9\n"),
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/a/cpu.max", "150000 50000\n"),
            ("sys/fs/cgroup/a/cpuset.cpus.effective", "0-3\n"),
        ]);
        assert_eq!((two.threads.as_deref(), two.quota), (Some(&[2, 3][..]), Some(3.0)));
        let one = read(&[
            ONLINE,
            ("proc/self/cgroup", "11:cpuset:/job/1\n4:cpu,cpuacct:/job/1\n"),
            ("sys/fs/cgroup/cpuset/job/1/cpuset.cpus", "4,5\n"),
            ("sys/fs/cgroup/cpu,cpuacct/job/1/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"),
        ]);
        assert_eq!((one.threads.as_deref(), one.quota), (Some(&[4, 5][..]), Some(0.5)));
        assert_eq!((one.at_once(2), two.at_once(2), two.at_once(8)), (1, 2, 3));
    }

    #[test]
    fn what_covers_every_processor_is_no_bound() {
        let found = read(&[
            ONLINE,
            ("proc/self/status", "Cpus_allowed_list:\t0-127\n"),
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/cpuset.cpus.effective", "0-15\n"),
        ]);
        assert_eq!(found, Allowance::default());
    }

    #[test]
    fn halted_periods_are_those_of_the_groups_with_a_quota() {
        let files = [
            ("proc/self/cgroup", "0::/a\n"),
            ("sys/fs/cgroup/a/cpu.max", "50000 100000\n"),
            ("sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nnr_periods 84\nnr_throttled 83\nthrottled_usec 9\n"),
            ("sys/fs/cgroup/cpu.stat", "nr_periods 7\nnr_throttled 7\n"),
        ];
        assert_eq!(periods(&Root::at(tree(&files).path())), Some(Periods { all: 84, throttled: 83 }));
        assert_eq!(periods(&Root::at(tree(&files[..1]).path())), None);
    }
}
