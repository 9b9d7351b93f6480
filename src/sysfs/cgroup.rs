//! What the control groups of this process, its own and all above it, allow it in memory and processors.

use super::Root;

pub mod processors;

/// Version 1 writes "no limit" as a number near the greatest.
const NO_LIMIT: u64 = 1 << 60;

/// A group that limits memory, bytes.
struct Group {
    limit: u64,
    /// What its processes hold and cannot give back; the page cache can be reclaimed.
    resident: u64,
}

/// The tightest limit, bytes; `None` where nothing limits.
#[must_use]
pub fn memory_limit(root: &Root) -> Option<u64> {
    groups(root).map(|group| group.limit).min()
}

/// What the tightest group still allows, bytes; `None` where nothing limits.
#[must_use]
pub fn memory_left(root: &Root) -> Option<u64> {
    groups(root).map(|group| group.limit.saturating_sub(group.resident)).min()
}

/// The groups that limit memory, of version 2 and of version 1.
fn groups(root: &Root) -> impl Iterator<Item = Group> {
    let own = root.text("proc/self/cgroup").unwrap_or_default();
    let unified = own_path(&own, str::is_empty);
    let mut found = Vec::new();
    for hierarchy in ["sys/fs/cgroup", "sys/fs/cgroup/unified"] {
        found.extend(limits(root, parents(hierarchy, unified), "memory.max", "anon"));
    }
    let (path, _) = of_controller(&own, "memory");
    found.extend(limits(root, parents("sys/fs/cgroup/memory", &path), "memory.limit_in_bytes", "total_rss"));
    found.into_iter()
}

/// The path of this process in a hierarchy, from the lines `number:controllers:path`; the root's where it is in none.
fn own_path(own: &str, controllers: impl Fn(&str) -> bool) -> &str {
    let lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    lines.into_iter().find(|(names, _)| controllers(names)).map_or("", |(_, path)| path).trim_matches('/')
}

/// The path of this process for a controller of version 1, and the folders that its hierarchy may be mounted at: `cpu` is
/// often mounted together with `cpuacct`.
fn of_controller(own: &str, controller: &str) -> (String, Vec<String>) {
    let path = own_path(own, |names| names.split(',').any(|name| name == controller)).to_owned();
    let lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
    let together = lines.map(|(names, _)| names).find(|names| names.split(',').any(|name| name == controller));
    let mut mounts = vec![controller.to_owned()];
    mounts.extend(together.filter(|names| *names != controller).map(str::to_owned));
    (path, mounts)
}

/// A group and all above it to the root of its hierarchy. In a container the path may be that of the host: what of it is
/// not there limits nothing, and the hierarchy's root is the container's.
fn parents(hierarchy: &str, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folder = path;
    while !folder.is_empty() {
        found.push(format!("{hierarchy}/{folder}"));
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    found.push(hierarchy.to_owned());
    found
}

/// Those of the groups that limit memory.
fn limits(root: &Root, groups: Vec<String>, limit: &str, resident: &str) -> Vec<Group> {
    let of = |group: String| {
        let limit = root.number::<u64>(&format!("{group}/{limit}")).ok().filter(|limit| *limit < NO_LIMIT)?;
        let stat = root.text(&format!("{group}/memory.stat")).unwrap_or_default();
        let line = stat.lines().find_map(|line| line.strip_prefix(resident)?.strip_prefix(' '));
        let resident = line.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
        Some(Group { limit, resident })
    };
    groups.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = tree.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        tree
    }

    fn read(files: &[(&str, &str)]) -> (Option<u64>, Option<u64>) {
        let tree = tree(files);
        let root = Root::at(tree.path());
        (memory_limit(&root), memory_left(&root))
    }

    #[test]
    fn the_tightest_of_all_groups_above_counts() {
        let files = [
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.max", "4000\n"),
            ("sys/fs/cgroup/a/memory.stat", "anon_thp 7\nanon 3500\nfile 400\n"),
            ("sys/fs/cgroup/memory.max", "3000\n"),
            ("sys/fs/cgroup/memory.stat", "anon 100\n"),
        ];
        assert_eq!(read(&files), (Some(3000), Some(500)));
    }

    #[test]
    fn version_1_is_walked_too_and_its_greatest_number_is_no_limit() {
        let files = [
            ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/box/1\n0::/\n"),
            ("sys/fs/cgroup/memory/box/1/memory.limit_in_bytes", "9000\n"),
            ("sys/fs/cgroup/memory/box/1/memory.stat", "rss 1\ntotal_rss 2000\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(read(&files), (Some(9000), Some(7000)));
        assert_eq!(read(&files[3..]), (None, None));
        assert_eq!(read(&[]), (None, None));
    }
}
