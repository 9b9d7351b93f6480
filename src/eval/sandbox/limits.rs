//! What one program may use, and the reference that scales its time to the host.

use serde::{Deserialize, Serialize};

/// Limits of one program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// CPU seconds of each process (`RLIMIT_CPU`).
    pub cpu_seconds: u64,
    /// Seconds by the wall clock for the whole tree, interpreter start included.
    pub wall_seconds: f64,
    /// Address space of each process in bytes (`RLIMIT_AS`).
    pub memory_bytes: u64,
    /// Largest file in bytes (`RLIMIT_FSIZE`).
    pub file_bytes: u64,
    /// Everything in the temporary directory together, in bytes (size of its tmpfs).
    pub disk_bytes: u64,
    /// Processes and threads at once, beside the jail's own (`RLIMIT_NPROC`).
    pub processes: u64,
    /// Open files of each process (`RLIMIT_NOFILE`).
    pub open_files: u64,
    /// Bytes written to standard output and standard error together.
    pub output_bytes: u64,
}

/// CPU seconds a program gets on a host as fast as the nominal one: four times the slowest reference solution there
/// (MBPP 123 takes 4.0 s; the next slowest of both sets less than 1 s).
const NOMINAL_CPU_SECONDS: f64 = 16.0;
/// What [`REFERENCE_PROGRAM`] costs on the nominal host (x86-64 at about 3 GHz, CPython 3.11), in seconds.
const NOMINAL_REFERENCE_SECONDS: f64 = 0.25;
/// A host slower than this is taken for a broken measurement rather than believed.
const LARGEST_SCALE: f64 = 30.0;
/// Neighbours may come after the measurement.
const SMALLEST_STRETCH: f64 = 3.0;
/// Beyond this, waiting for a core is the host's trouble.
const LARGEST_STRETCH: f64 = 6.0;

/// A fixed piece of pure Python: integer arithmetic, a dictionary, a list and calls.
pub const REFERENCE_PROGRAM: &str = "\
def step(seed, table):
    seed = (seed * 1103515245 + 12345) % 2147483648
    table[seed % 1024] = table.get(seed % 1024, 0) + 1
    return seed

table = {}
seed = 42
for _ in range(400000):
    seed = step(seed, table)
assert seed == REFERENCE_SEED, seed
assert sum(table.values()) == 400000
";

/// State of the generator after the 400 000 steps of [`REFERENCE_PROGRAM`] (computed apart from it, in Rust).
#[must_use]
pub fn reference_seed() -> u64 {
    (0..400_000).fold(42, |seed: u64, _| (seed * 1_103_515_245 + 12_345) % 2_147_483_648)
}

/// How fast this host runs Python, from the median of repeated runs of [`REFERENCE_PROGRAM`] in the jail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// CPU seconds of the interpreter, start included.
    pub cpu_seconds: f64,
    /// Wall-clock seconds from the jail's start to its end.
    pub wall_seconds: f64,
    /// How many runs the medians are taken over.
    pub runs: usize,
    /// Factor on the nominal CPU limit (at least 1: a fast host does not get less time).
    pub scale: f64,
    /// Wall seconds for one CPU second on this host as busy as it was, at least 3: a program that waits for a core is
    /// not late, and only sleeping programs should end by the wall clock.
    pub stretch: f64,
}

impl Reference {
    /// From the measured runs as (CPU seconds, wall seconds); `None` without runs.
    #[must_use]
    pub fn from_runs(runs: &[(f64, f64)]) -> Option<Self> {
        let median = |pick: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = runs.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let cpu_seconds = median(|run| run.0)?;
        let wall_seconds = median(|run| run.1)?;
        let scale = (cpu_seconds / NOMINAL_REFERENCE_SECONDS).clamp(1.0, LARGEST_SCALE);
        let stretch = (wall_seconds / cpu_seconds).clamp(SMALLEST_STRETCH, LARGEST_STRETCH);
        Some(Self { cpu_seconds, wall_seconds, runs: runs.len(), scale, stretch })
    }
}

impl Limits {
    /// The limits on a host that is `scale` times slower than the nominal one, and where a CPU second takes `stretch`
    /// seconds by the wall clock.
    #[must_use]
    pub fn scaled(scale: f64, stretch: f64) -> Self {
        let cpu = NOMINAL_CPU_SECONDS * scale.clamp(1.0, LARGEST_SCALE);
        Self {
            cpu_seconds: cpu.ceil() as u64,
            wall_seconds: cpu * stretch.clamp(SMALLEST_STRETCH, LARGEST_STRETCH),
            memory_bytes: 1 << 30,
            file_bytes: 16 << 20,
            disk_bytes: 64 << 20,
            processes: 16,
            open_files: 64,
            output_bytes: 4 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_host_gets_more_time_and_a_fast_one_not_less() {
        let slow = Reference::from_runs(&[(1.0, 1.25), (0.5, 0.6), (9.0, 9.9)]).unwrap();
        assert_eq!((slow.cpu_seconds, slow.wall_seconds, slow.scale, slow.stretch), (1.0, 1.25, 4.0, 3.0));
        let limits = Limits::scaled(slow.scale, slow.stretch);
        assert_eq!((limits.cpu_seconds, limits.wall_seconds), (64, 192.0));
        let fast_and_busy = Reference::from_runs(&[(0.01, 0.04)]).unwrap();
        let limits = Limits::scaled(fast_and_busy.scale, fast_and_busy.stretch);
        assert_eq!((limits.cpu_seconds, limits.wall_seconds), (16, 64.0));
        assert!(Reference::from_runs(&[]).is_none());
    }
}
