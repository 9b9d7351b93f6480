//! Whether the measuring process stood still while its clock ran (stopped by a signal, a debugger or a frozen control group), or
//! the machine slept, which the monotonic clock does not count (`clock_gettime(2)`: CLOCK_MONOTONIC against CLOCK_BOOTTIME).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use crate::sysfs::{Missing, Reasons, Root, or_note};

/// Time between two beats: ten short wakes a second cost nothing that could be measured.
const BEAT: Duration = Duration::from_millis(100);
/// A beat that is so late was no matter of scheduling.
const LATE: Duration = Duration::from_millis(500);
/// `/proc/uptime` counts hundredths; a sleep of a machine takes longer than that.
const SHORTEST_SLEEP: f64 = 0.5;

/// What stood still, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Standstill {
    /// The process, while the clock ran on.
    pub stopped_s: f64,
    /// The machine, while the clock stood still too; `None` where it does not tell.
    pub asleep_s: Option<f64>,
}

/// Watches from here until it is asked.
#[must_use = "what stood still is known only when it is asked"]
pub struct StandstillMeter {
    root: Root,
    clock: Arc<dyn Clock>,
    begun: Duration,
    uptime: Result<f64, Missing>,
    end: Sender<()>,
    beats: Option<JoinHandle<Duration>>,
}

impl StandstillMeter {
    /// Begins to watch this process and the machine below `root`.
    pub fn start(root: &Root, clock: &Arc<dyn Clock>) -> Self {
        let (end, ended) = channel();
        let (own, begun) = (Arc::clone(clock), clock.now());
        // Without a thread nothing is watched, and the measurement goes on.
        let beats = std::thread::Builder::new().name("beat".to_owned()).spawn(move || beat(&*own, begun, &ended)).ok();
        Self { root: root.clone(), begun, clock: Arc::clone(clock), uptime: uptime(root), end, beats }
    }

    /// What stood still since the beginning; `None` where nobody could watch.
    #[must_use]
    pub fn stop(self, reasons: &mut Reasons) -> Option<Standstill> {
        drop(self.end);
        let stopped = self.beats?.join().ok()?;
        let passed = (self.clock.now() - self.begun).as_secs_f64();
        let slept = self.uptime.and_then(|before| beyond(uptime(&self.root)? - before, passed));
        Some(Standstill { stopped_s: stopped.as_secs_f64(), asleep_s: or_note(slept, "sleep", reasons) })
    }
}

/// Beats until the other end is gone; the time that late beats lack.
fn beat(clock: &dyn Clock, begun: Duration, ended: &Receiver<()>) -> Duration {
    let (mut last, mut stopped) = (begun, Duration::ZERO);
    loop {
        let over = ended.recv_timeout(BEAT) != Err(RecvTimeoutError::Timeout);
        let now = clock.now();
        let late = (now - last).saturating_sub(BEAT);
        if late > LATE {
            stopped += late;
        }
        if over {
            return stopped;
        }
        last = now;
    }
}

/// Seconds since the machine was switched on, its sleep included.
fn uptime(root: &Root) -> Result<f64, Missing> {
    let text = root.text("proc/uptime")?;
    let first = text.split_whitespace().next().unwrap_or_default();
    first.parse().map_err(|_| Missing::Malformed("/proc/uptime".to_owned(), text.trim().to_owned()))
}

/// How much longer the machine was on than the clock ran.
fn beyond(on: f64, passed: f64) -> Result<f64, Missing> {
    match on - passed {
        // Some sandboxes show a file that never changes.
        apart if apart < -SHORTEST_SLEEP => Err(Missing::Refused("/proc/uptime stands still".to_owned())),
        apart if apart < SHORTEST_SLEEP => Ok(0.0),
        apart => Ok(apart),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::clock::VirtualClock;

    /// A machine with an uptime, and a meter on it whose clock moves by hand.
    fn machine(uptime: &str) -> (tempfile::TempDir, VirtualClock, StandstillMeter) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("proc")).unwrap();
        std::fs::write(folder.path().join("proc/uptime"), uptime).unwrap();
        let clock = VirtualClock::new();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let meter = StandstillMeter::start(&Root::at(folder.path()), &shared);
        (folder, clock, meter)
    }

    fn later(uptime: &str, seconds: u64) -> (Option<Standstill>, Reasons) {
        let (folder, clock, meter) = machine("100.00 9.00\n");
        clock.advance(Duration::from_secs(seconds));
        std::fs::write(folder.path().join("proc/uptime"), uptime).unwrap();
        let mut reasons = Reasons::new();
        (meter.stop(&mut reasons), reasons)
    }

    #[test]
    fn the_sleep_of_a_machine_is_what_its_uptime_is_ahead() {
        let asleep = |uptime: &str| later(uptime, 0).0.unwrap().asleep_s;
        assert_eq!(asleep("100.30 9.00\n"), Some(0.0));
        assert_eq!(asleep("160.00 9.00\n"), Some(60.0));
    }

    #[test]
    fn a_clock_that_ran_on_without_the_process_is_told() {
        // The first beat may come before the clock moves or after: it is late by the whole of it, less one beat at most.
        let stopped = later("103.00 9.00\n", 3).0.unwrap().stopped_s;
        assert!((2.8..=3.0).contains(&stopped), "{stopped}");
    }

    #[test]
    fn where_nothing_tells_of_sleep_it_is_null_with_the_reason() {
        for (uptime, said) in [("100.00 9.00\n", "stands still"), ("no number", "uptime")] {
            let (found, reasons) = later(uptime, 2);
            assert_eq!(found.unwrap().asleep_s, None);
            assert!(reasons["sleep"].contains(said), "{reasons:?}");
        }
    }
}
