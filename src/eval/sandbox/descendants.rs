//! Linux, where there is no PID namespace: finds and kills what a program leaves behind.

use std::fs;

use rustix::process::{Pid, Signal, WaitOptions, getpid, getuid, kill_process, wait};

/// Rounds of looking; a program has at most a few dozen processes.
const ROUNDS: usize = 200;

/// Kills every descendant of this process, which must be a subreaper. Stops them all first: a tree that cannot run
/// cannot fork its way out of the hunt.
pub(super) fn kill_all() {
    for _ in 0..ROUNDS {
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        let found = below(getpid().as_raw_nonzero().get());
        if found.is_empty() {
            return;
        }
        let mut known = 0;
        let mut stopped = found;
        while stopped.len() > known {
            known = stopped.len();
            signal(&stopped, Signal::STOP);
            stopped = below(getpid().as_raw_nonzero().get());
        }
        signal(&stopped, Signal::KILL);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Tasks of this process's user that run now, threads included.
pub(super) fn tasks_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let uid = getuid().as_raw();
    processes()
        .iter()
        .filter(|(pid, _)| fs::metadata(format!("/proc/{pid}")).is_ok_and(|data| data.uid() == uid))
        .map(|(pid, _)| fs::read_dir(format!("/proc/{pid}/task")).map_or(1, |tasks| tasks.count() as u64))
        .sum()
}

fn signal(pids: &[i32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(*pid)) {
        let _ = kill_process(pid, signal);
    }
}

/// Process id and parent of every process in `/proc`.
fn processes() -> Vec<(i32, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The name in parentheses may hold anything, parentheses included.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect()
}

fn below(root: i32) -> Vec<i32> {
    let all = processes();
    let mut found = vec![root];
    let mut at = 0;
    while at < found.len() {
        let above = found[at];
        found.extend(all.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
        at += 1;
    }
    found.remove(0);
    found
}
