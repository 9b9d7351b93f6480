//! Time as an argument: a clock is handed in, so that a virtual one can stand in for the machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A day before this program was built: a clock that shows an earlier one was never set.
pub const BEFORE_THIS_PROGRAM: jiff::civil::Date = jiff::civil::date(2025, 1, 1);

/// What to know of a run that began at this time; `None` where the clock may be right.
#[must_use]
pub fn never_set(started: jiff::Timestamp) -> Option<String> {
    let day = started.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    (day < BEFORE_THIS_PROGRAM)
        .then(|| format!("the clock says {day}, before this program was built: the dates of this run are wrong"))
}

/// A monotonic clock.
pub trait Clock: Send + Sync {
    /// Time since an arbitrary origin that stays the same for the life of the clock and of its clones.
    fn now(&self) -> Duration;

    /// Waits; a virtual clock advances instead.
    fn wait(&self, duration: Duration);
}

/// The monotonic clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: std::time::Instant,
}

impl SystemClock {
    /// A clock whose origin is now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this file is the one that owns the machine's clock")]
    pub fn new() -> Self {
        Self { origin: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn wait(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A clock that moves only when told to. Clones share the time.
#[derive(Debug, Clone, Default)]
pub struct VirtualClock {
    nanos: Arc<AtomicU64>,
}

impl VirtualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time of this clock and of all its clones forward (about 584 years are the limit).
    pub fn advance(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::SeqCst))
    }

    fn wait(&self, duration: Duration) {
        self.advance(duration);
    }
}

/// What a clock can tell apart and what asking it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockQuality {
    /// Smallest step seen between two readings; `None` when the clock never moved while it was watched.
    pub resolution: Option<Duration>,
    /// Mean cost of one reading; `None` when the clock never moved while it was watched.
    pub overhead: Option<Duration>,
}

impl ClockQuality {
    /// Measures a clock by 20 000 readings in a row (about a millisecond on the machine's clock).
    #[must_use]
    pub fn measure(clock: &dyn Clock) -> Self {
        const READINGS: u32 = 20_000;
        let start = clock.now();
        let mut last = start;
        let mut smallest: Option<Duration> = None;
        for _ in 0..READINGS {
            let now = clock.now();
            let step = now.saturating_sub(last);
            if !step.is_zero() && smallest.is_none_or(|least| step < least) {
                smallest = Some(step);
            }
            last = now;
        }
        let overhead = smallest.map(|_| (last - start) / READINGS);
        Self { resolution: smallest, overhead }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps by a known amount at every reading.
    struct Ticking(AtomicU64, u64);

    impl Clock for Ticking {
        fn now(&self) -> Duration {
            Duration::from_nanos(self.0.fetch_add(self.1, Ordering::SeqCst))
        }

        fn wait(&self, _: Duration) {}
    }

    #[test]
    fn quality_of_a_clock_with_a_known_step() {
        let quality = ClockQuality::measure(&Ticking(AtomicU64::new(0), 40));
        assert_eq!(quality.resolution, Some(Duration::from_nanos(40)));
        assert_eq!(quality.overhead, Some(Duration::from_nanos(40)));
    }

    #[test]
    fn a_clock_that_stands_still_has_no_known_quality() {
        let quality = ClockQuality::measure(&VirtualClock::new());
        assert_eq!(quality, ClockQuality { resolution: None, overhead: None });
    }

    #[test]
    fn clones_of_a_virtual_clock_share_the_time() {
        let clock = VirtualClock::new();
        let other = clock.clone();
        other.advance(Duration::from_millis(3));
        clock.wait(Duration::from_millis(4));
        assert_eq!(other.now(), Duration::from_millis(7));
    }

    #[test]
    fn the_machine_clock_moves_forward() {
        let clock = SystemClock::new();
        let before = clock.now();
        clock.wait(Duration::from_millis(2));
        assert!(clock.now() - before >= Duration::from_millis(2));
    }

    #[test]
    fn a_board_without_a_battery_for_its_clock_begins_in_1970() {
        let note = never_set(jiff::Timestamp::from_second(131).unwrap()).unwrap();
        assert!(note.starts_with("the clock says 1970-01-01, before this program was built"), "{note}");
        assert_eq!(never_set("2026-11-27T00:00:00Z".parse().unwrap()), None);
    }
}
