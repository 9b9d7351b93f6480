//! How many threads decode fastest: a short sweep of counts, each tried in a worker of its own.

use std::path::Path;
use std::time::Duration;

use super::error::MeasureError;
use super::journal::Trial;
use super::own_worker::own_worker;
use crate::bench::plan::{Phase, Settings, Shape};
use crate::bench::warning::MAX_OTHER_LOAD;
use crate::device::topology;
use crate::observer::Observer;
use crate::sysfs::Root;
use crate::sysfs::cgroup::processors::allowance;
use crate::worker::host::Worker;
use crate::worker::protocol::{EngineKind, Event, Job, Order, VERSION, Work};

/// Tokens of one try.
const TRY: Shape = Shape { phase: Phase::Decode, tokens: 24, depth: 0 };

/// Repetitions of one try; the best counts, since disturbance only ever slows.
const REPETITIONS: usize = 3;

/// A larger count must be so much faster to be taken: fewer threads leave room for the rest of the machine.
const WORTH: f64 = 1.02;

/// How long one try may be silent.
const PATIENCE: Duration = Duration::from_secs(600);

/// The threads to use and how they were chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadChoice {
    /// The count.
    pub threads: u32,
    /// In words, for the report.
    pub rule: String,
}

/// One thread for each fast physical core that this process may use, without measuring.
#[must_use]
pub fn prior() -> ThreadChoice {
    prior_of(&Root::system())
}

fn prior_of(root: &Root) -> ThreadChoice {
    let may = allowance(root);
    let threads = count(may.at_once(topology::performance_cores(root).len()));
    let bounds = if may.rules.is_empty() { String::new() } else { format!(", within {}", may.rules.join("; ")) };
    ThreadChoice { threads, rule: format!("{threads}: one for each fast physical core{bounds} (not measured)") }
}

fn count(threads: usize) -> u32 {
    u32::try_from(threads).unwrap_or(1).max(1)
}

/// The counts to try: 1, 2, 4, … up to the fast cores, then all physical cores.
fn counts(root: &Root) -> Vec<u32> {
    let fast = prior_of(root).threads;
    let all = count(allowance(root).at_once(topology::physical_cores(root).len()));
    let mut counts: Vec<u32> =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count < fast).collect();
    counts.push(fast);
    if all > fast {
        counts.push(all);
    }
    counts
}

/// Seconds that the sweep will take where `trial` was run on the fast cores; speed is taken to grow with the threads.
#[must_use]
pub fn seconds(trial: &Trial) -> f64 {
    let tokens = f64::from(TRY.tokens) * (1 + REPETITIONS) as f64;
    let fast = f64::from(prior().threads);
    counts(&Root::system())
        .into_iter()
        .map(|count| trial.load + tokens * trial.decode * (fast / f64::from(count)).max(1.0))
        .sum()
}

/// Tries 1, 2, 4, … up to the fast cores, then all physical cores, and takes the fastest decode.
///
/// # Errors
/// A worker that gave up, or the user's Ctrl-C.
pub fn fastest(
    engine: EngineKind,
    model: &Path,
    settings: &Settings,
    seed: u64,
    observer: &dyn Observer,
) -> Result<ThreadChoice, MeasureError> {
    let mut best: Option<(u32, f64)> = None;
    let mut tried = Vec::new();
    let mut others: f64 = 0.0;
    for threads in counts(&Root::system()) {
        let settings = Settings { threads, ..settings.clone() };
        let (speed, disturbed) = attempt(engine, model, &settings, seed, observer)?;
        others = others.max(disturbed);
        tried.push(format!("{threads}: {speed:.1}"));
        if best.is_none_or(|(_, fastest)| speed > fastest * WORTH) {
            best = Some((threads, speed));
        }
    }
    let threads = best.map_or_else(|| prior().threads, |(threads, _)| threads);
    Ok(ThreadChoice {
        threads,
        rule: format!(
            "{threads}: more threads gain less than {:.0} % on the ladder (decode tokens/s by threads: {}){}",
            (WORTH - 1.0) * 100.0,
            tried.join(", "),
            if others > MAX_OTHER_LOAD {
                format!("; doubtful: other processes took up to {:.0} % of the machine meanwhile", others * 100.0)
            } else {
                String::new()
            }
        ),
    })
}

/// Tokens per second of the best repetition, and the largest share of the machine that others took beside one.
fn attempt(
    engine: EngineKind,
    model: &Path,
    settings: &Settings,
    seed: u64,
    observer: &dyn Observer,
) -> Result<(f64, f64), MeasureError> {
    let interrupted = || observer.interrupted();
    let job = Job {
        version: VERSION,
        engine,
        model: model.to_owned(),
        work: Work::Bench { shape: TRY, settings: settings.clone(), seed },
    };
    let mut worker = Worker::start(own_worker()?, &job)?;
    worker.next(PATIENCE, &interrupted)?;
    let (mut best, mut others) = (f64::INFINITY, 0.0_f64);
    for _ in 0..REPETITIONS {
        worker.order(Order::Repeat)?;
        if let Event::Sample { sample, conditions } = worker.next(PATIENCE, &interrupted)? {
            best = best.min(sample.duration_ns as f64 / 1e9);
            others = others.max(conditions.load.map_or(0.0, |load| load.others_share()));
        }
    }
    Ok((f64::from(TRY.tokens) / best, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for cpu in 0..32 {
            let file = tree.path().join(format!("sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq"));
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            // One kind of core of which single ones turbo a quarter higher.
            std::fs::write(file, if cpu == 21 { "6642000" } else { "5352000" }).unwrap();
        }
        for (file, text) in
            [("sys/devices/system/cpu/online", "0-31"), ("proc/cpuinfo", "processor : 0\nflags : avx2\n")]
                .iter()
                .chain(files)
        {
            let path = tree.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        tree
    }

    #[test]
    fn a_turbo_of_single_cores_leaves_the_ladder_whole() {
        assert_eq!(counts(&Root::at(tree(&[]).path())), [1, 2, 4, 8, 16, 32]);
    }

    #[test]
    fn affinity_and_quota_bound_the_ladder() {
        let pinned = tree(&[("proc/self/status", "Cpus_allowed_list:\t1\n")]);
        assert_eq!(counts(&Root::at(pinned.path())), [1]);
        assert_eq!(
            prior_of(&Root::at(pinned.path())).rule,
            "1: one for each fast physical core, within affinity 1 (not measured)"
        );
        let quota = tree(&[("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/cpu.max", "350000 100000")]);
        assert_eq!(counts(&Root::at(quota.path())), [1, 2, 3]);
        let half = tree(&[("proc/self/cgroup", "0::/\n"), ("sys/fs/cgroup/cpu.max", "50000 100000")]);
        assert_eq!(counts(&Root::at(half.path())), [1]);
    }
}
