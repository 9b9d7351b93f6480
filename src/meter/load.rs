//! How quiet the machine was: processor time of others, time stolen by a hypervisor, context switches.

use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::{Clock, SystemClock};
use super::memory::stat_field;
use crate::sysfs::{self, Missing, Root};

/// Why two samples close together give no reading: no fault of the machine.
pub const TOO_SHORT: &str = "the interval is shorter than ten ticks of the kernel's accounting (0.1 s)";

/// Ticks a second that the kernel accounts to every processor (`USER_HZ`, the same on nearly every machine).
const TICKS: f64 = 100.0;

/// Seconds after which counters that did not move are taken for frozen.
const MOVES_WITHIN: f64 = 0.5;

/// Counters at one moment. Times are in the kernel's ticks (10 ms on nearly every machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadSample {
    at: Duration,
    busy: u64,
    steal: u64,
    total: u64,
    own: u64,
    processors: u32,
    voluntary: Option<u64>,
    involuntary: Option<u64>,
}

/// What happened between two samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReading {
    /// Processors kept busy by other processes, on average (0 … number of processors).
    pub others_busy_processors: f64,
    /// Fraction of the processor time that a hypervisor gave to other guests.
    pub steal_fraction: f64,
    /// Times the watched processes gave the processor up by themselves; `None` where the kernel does not say.
    pub voluntary_switches: Option<u64>,
    /// Times the watched processes were interrupted; `None` where the kernel does not say.
    pub involuntary_switches: Option<u64>,
    /// Processors online.
    pub processors: u32,
}

impl LoadReading {
    /// Share of all processors' time that others took.
    #[must_use]
    pub fn others_share(&self) -> f64 {
        self.others_busy_processors / f64::from(self.processors.max(1))
    }
}

/// Reads load, with the watched processes told apart from all others.
#[derive(Debug, Clone)]
pub struct LoadMeter {
    root: Root,
    watched: Vec<String>,
    clock: SystemClock,
    /// The first sample: whether the counters move at all is seen over the meter's whole life.
    first: OnceLock<LoadSample>,
}

impl LoadMeter {
    /// Watches this process; everything else counts as others.
    #[must_use]
    pub fn of_self(root: Root) -> Self {
        Self::watching(root, vec!["proc/self".to_owned()])
    }

    /// Watches these processes (say, the parent and the measured child); everything else counts as others.
    #[must_use]
    pub fn of_processes(root: Root, pids: &[u32]) -> Self {
        Self::watching(root, pids.iter().map(|pid| format!("proc/{pid}")).collect())
    }

    fn watching(root: Root, watched: Vec<String>) -> Self {
        Self { root, watched, clock: SystemClock::new(), first: OnceLock::new() }
    }

    /// Reads the counters.
    ///
    /// # Errors
    /// [`Missing`] where `/proc/stat` or the `stat` of a watched process cannot be read, or where the counters stand still.
    pub fn sample(&self) -> Result<LoadSample, Missing> {
        let sample = self.counters()?;
        self.first.get_or_init(|| sample).must_move(&sample)?;
        Ok(sample)
    }

    fn counters(&self) -> Result<LoadSample, Missing> {
        if let Some(why) = of_a_container_alone(&self.root) {
            return Err(Missing::Refused(why));
        }
        let stat = self.root.text("proc/stat")?;
        let ticks: Vec<u64> = stat
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("cpu "))
            .map(|rest| rest.split_whitespace().map_while(|word| word.parse().ok()).collect())
            .unwrap_or_default();
        // user nice system idle iowait irq softirq steal; guest time is already inside user.
        let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = ticks[..] else {
            return Err(Missing::Malformed("/proc/stat".to_owned(), stat.lines().next().unwrap_or("").to_owned()));
        };
        let processors = stat
            .lines()
            .filter(|line| line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
            .count();
        let busy = user + nice + system + irq + softirq;
        let mut sample = LoadSample {
            at: self.clock.now(),
            busy,
            steal,
            total: busy + steal + idle + iowait,
            own: 0,
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            voluntary: Some(0),
            involuntary: Some(0),
        };
        for process in &self.watched {
            let text = self.root.text(&format!("{process}/stat"))?;
            sample.own += stat_field(&text, 14)? + stat_field(&text, 15)?;
            let status = self.root.text(&format!("{process}/status")).unwrap_or_default();
            let count = |key: &str| sysfs::field(&status, key).and_then(|number| number.parse::<u64>().ok());
            sample.voluntary = sample.voluntary.zip(count("voluntary_ctxt_switches")).map(|(a, b)| a + b);
            sample.involuntary = sample.involuntary.zip(count("nonvoluntary_ctxt_switches")).map(|(a, b)| a + b);
        }
        Ok(sample)
    }
}

/// Where `/proc/stat` is not the kernel's: LXC's file system shows a container what it did itself, and nothing of others.
fn of_a_container_alone(root: &Root) -> Option<String> {
    let mounts = root.text("proc/self/mountinfo").ok()?;
    let mount = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/proc/stat"))?;
    mount
        .contains("lxcfs")
        .then(|| "/proc/stat is that of LXC's file system, which shows this container alone".to_owned())
}

impl LoadSample {
    /// Refuses counters that did not move with time: programs that stand a container before Android's closed files show one
    /// that never changes.
    fn must_move(&self, later: &Self) -> Result<(), Missing> {
        let seconds = later.at.saturating_sub(self.at).as_secs_f64();
        let moved = later.total.saturating_sub(self.total) as f64;
        let expected = seconds * TICKS * f64::from(later.processors.max(1));
        if seconds >= MOVES_WITHIN && moved < 0.1 * expected {
            return Err(Missing::Refused(format!(
                "/proc/stat does not move: {moved:.0} ticks in {seconds:.1} s, where {expected:.0} pass"
            )));
        }
        Ok(())
    }

    /// What happened between this sample and a later one of the same meter.
    ///
    /// # Errors
    /// [`Missing::Refused`] when the interval is shorter than ten ticks: one tick would then be a tenth of the answer; or
    /// when the counters stood still over it.
    pub fn until(&self, later: &Self) -> Result<LoadReading, Missing> {
        self.must_move(later)?;
        let total = later.total.saturating_sub(self.total);
        let processors = later.processors.max(1);
        if total < 10 * u64::from(processors) {
            return Err(Missing::Refused(TOO_SHORT.to_owned()));
        }
        let busy = later.busy.saturating_sub(self.busy);
        let own = later.own.saturating_sub(self.own);
        // Own and total ticks are rounded apart, so that a quiet machine can come out a tick below nothing.
        let others = busy.saturating_sub(own);
        let since = |now: Option<u64>, then: Option<u64>| now.zip(then).map(|(now, then)| now.saturating_sub(then));
        Ok(LoadReading {
            others_busy_processors: others as f64 / total as f64 * f64::from(processors),
            steal_fraction: later.steal.saturating_sub(self.steal) as f64 / total as f64,
            voluntary_switches: since(later.voluntary, self.voluntary),
            involuntary_switches: since(later.involuntary, self.involuntary),
            processors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn write(tree: &std::path::Path, cpu: &str, utime: u64, switches: u64) {
        let process = tree.join("proc/5");
        std::fs::create_dir_all(&process).unwrap();
        std::fs::write(tree.join("proc/stat"), format!("cpu  {cpu}\ncpu0 1 1\ncpu1 1 1\nctxt 5\n")).unwrap();
        std::fs::write(process.join("stat"), format!("5 (w) R 1 5 5 0 -1 4 0 0 0 0 {utime} 0 0 0 20 0 1")).unwrap();
        let status = format!("voluntary_ctxt_switches:\t{switches}\nnonvoluntary_ctxt_switches:\t1\n");
        std::fs::write(process.join("status"), status).unwrap();
    }

    #[test]
    fn others_and_steal_are_told_apart() {
        let tree = tempfile::tempdir().unwrap();
        let meter = LoadMeter::of_processes(Root::at(tree.path()), &[5]);
        write(tree.path(), "100 0 50 1000 10 0 0 4 30 0", 40, 7);
        let first = meter.sample().unwrap();
        // 200 ticks on two processors: 120 busy, 70 of them ours, 20 stolen, 60 idle.
        write(tree.path(), "200 0 70 1060 10 0 0 24 90 0", 110, 9);
        let reading = first.until(&meter.sample().unwrap()).unwrap();
        assert_relative_eq!(reading.others_busy_processors, 50.0 / 200.0 * 2.0);
        assert_relative_eq!(reading.steal_fraction, 0.1);
        assert_eq!((reading.voluntary_switches, reading.involuntary_switches), (Some(2), Some(0)));
    }

    #[test]
    fn a_short_interval_is_refused() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "100 0 50 1000 10 0 0 4 0 0", 40, 7);
        let sample = LoadMeter::of_processes(Root::at(tree.path()), &[5]).sample().unwrap();
        assert!(matches!(sample.until(&sample), Err(Missing::Refused(_))));
    }

    #[test]
    fn a_short_line_is_malformed() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "100 0 50", 40, 7);
        let meter = LoadMeter::of_processes(Root::at(tree.path()), &[5]);
        assert!(matches!(meter.sample(), Err(Missing::Malformed(..))));
    }

    #[test]
    fn counters_that_stand_still_are_seen_over_the_life_of_the_meter() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "1957 0 2877 93280 262 342 254 87 0 0", 40, 7);
        let meter = LoadMeter::of_processes(Root::at(tree.path()), &[5]);
        let first = meter.sample().unwrap();
        let later = LoadSample { at: first.at + Duration::from_secs(2), ..first };
        let why = first.until(&later).unwrap_err().to_string();
        assert_eq!(why, "/proc/stat does not move: 0 ticks in 2.0 s, where 400 pass");
        let moved = LoadSample { total: first.total + 400, ..later };
        assert!(first.until(&moved).is_ok());
        // The first sample of a meter is what all later ones are held against.
        std::thread::sleep(Duration::from_millis(600));
        assert!(meter.sample().is_err());
        write(tree.path(), "1957 0 2877 93680 262 342 254 87 0 0", 40, 7);
        assert!(meter.sample().is_ok());
    }

    #[test]
    fn a_container_that_sees_itself_alone_watches_nobody() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "1957 0 2877 93280 262 342 254 87 0 0", 40, 7);
        let own = tree.path().join("proc/self");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("mountinfo"), "99 88 0:5 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n").unwrap();
        assert!(LoadMeter::of_processes(Root::at(tree.path()), &[5]).sample().is_err());
    }
}
