//! Waiting until the machine is cool, or at least quiet, before a measurement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::load::LoadMeter;
use super::thermal::ThermalMeter;
use crate::sysfs::Missing;
use crate::unit::Celsius;

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GateKind {
    /// A temperature at or below the target.
    Temperature,
    /// Little load from other processes for some seconds; where no temperature can be read.
    SettledLoad,
    /// Nothing: the gate was switched off, or nothing can be read.
    None,
}

/// How a wait went; travels in the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct GateRecord {
    /// What was waited for.
    pub kind: GateKind,
    /// How long, in seconds.
    pub waited_seconds: f64,
    /// Whether the condition was met; `None` where nothing was waited for.
    pub satisfied: Option<bool>,
    /// The last value against its limit, or why there was no gate.
    pub reason: String,
}

/// When to begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuietWait {
    /// Begin at this temperature or below.
    pub target: Celsius,
    /// Begin when others keep fewer processors busy than this …
    pub others_busy_processors: f64,
    /// … over this long without a break.
    pub settled_for: Duration,
    /// Begin in any case after this long.
    pub timeout: Duration,
    /// Time between two looks.
    pub poll: Duration,
}

impl Default for QuietWait {
    /// 50 °C; a quarter of a processor over 3 s; five minutes at most (MLPerf Mobile's pause); a look each second.
    fn default() -> Self {
        Self {
            target: Celsius::from_degrees(50.0),
            others_busy_processors: 0.25,
            settled_for: Duration::from_secs(3),
            timeout: Duration::from_secs(300),
            poll: Duration::from_secs(1),
        }
    }
}

impl QuietWait {
    /// Waits for the temperature where a sensor exists, else for the load to settle. `interrupted` ends the wait early.
    #[must_use]
    pub fn wait(
        &self,
        clock: &dyn Clock,
        thermal: &ThermalMeter,
        load: &LoadMeter,
        interrupted: &dyn Fn() -> bool,
    ) -> GateRecord {
        if thermal.hottest().is_ok() {
            return self.wait_until_cool(clock, &|| thermal.hottest().map(|hottest| hottest.celsius), interrupted);
        }
        let mut last = load.sample();
        let mut others = || {
            let now = load.sample();
            let reading = match (&last, &now) {
                (Ok(before), Ok(after)) => before.until(after).map(|reading| reading.others_busy_processors),
                (_, Err(why)) | (Err(why), _) => Err(why.clone()),
            };
            last = now;
            reading
        };
        self.wait_until_quiet(clock, &mut others, interrupted)
    }

    /// The record of a gate that the user switched off.
    #[must_use]
    pub fn skipped() -> GateRecord {
        GateRecord { kind: GateKind::None, waited_seconds: 0.0, satisfied: None, reason: "switched off".to_owned() }
    }

    /// Waits until `temperature` is at most the target.
    pub fn wait_until_cool(
        &self,
        clock: &dyn Clock,
        temperature: &dyn Fn() -> Result<Celsius, Missing>,
        interrupted: &dyn Fn() -> bool,
    ) -> GateRecord {
        let begin = clock.now();
        loop {
            let waited = clock.now().saturating_sub(begin);
            let record = |satisfied, reason| GateRecord {
                kind: GateKind::Temperature,
                waited_seconds: waited.as_secs_f64(),
                satisfied: Some(satisfied),
                reason,
            };
            match temperature() {
                Ok(now) if now <= self.target => {
                    return record(true, format!("{now}, at most {} asked for", self.target));
                }
                Err(why) => return record(false, format!("the sensor failed: {why}")),
                Ok(now) if waited >= self.timeout => {
                    return record(false, format!("still {now} after the timeout, at most {} asked for", self.target));
                }
                Ok(now) if interrupted() => return record(false, format!("interrupted at {now}")),
                Ok(_) => clock.wait(self.poll),
            }
        }
    }

    /// Waits until `others` (processors kept busy by others since the last call) stays below the limit long enough.
    pub fn wait_until_quiet(
        &self,
        clock: &dyn Clock,
        others: &mut dyn FnMut() -> Result<f64, Missing>,
        interrupted: &dyn Fn() -> bool,
    ) -> GateRecord {
        let begin = clock.now();
        let mut quiet_since = begin;
        let (mut longest, mut most) = (Duration::ZERO, 0.0_f64);
        let limit = self.others_busy_processors;
        loop {
            clock.wait(self.poll);
            let now = clock.now();
            let record = |kind, satisfied, reason| GateRecord {
                kind,
                waited_seconds: now.saturating_sub(begin).as_secs_f64(),
                satisfied,
                reason,
            };
            let busy = match others() {
                Ok(busy) => busy,
                Err(why) => {
                    return record(GateKind::None, None, format!("neither temperature nor load can be read: {why}"));
                }
            };
            if busy >= limit {
                quiet_since = now;
            }
            longest = longest.max(now.saturating_sub(quiet_since));
            most = most.max(busy);
            let text = format!("others keep {busy:.2} processors busy, fewer than {limit:.2} asked for");
            if now.saturating_sub(quiet_since) >= self.settled_for {
                return record(GateKind::SettledLoad, Some(true), text);
            }
            if now.saturating_sub(begin) >= self.timeout || interrupted() {
                let text = format!(
                    "quiet for {:.0} s at most, {:.0} s without a break asked for: others kept up to {most:.2} processors \
                     busy, fewer than {limit:.2} asked for",
                    longest.as_secs_f64(),
                    self.settled_for.as_secs_f64()
                );
                return record(GateKind::SettledLoad, Some(false), text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::clock::VirtualClock;

    fn cooling_from(start: f64, per_second: f64) -> GateRecord {
        let clock = VirtualClock::new();
        let read = || Ok(Celsius::from_degrees(start - per_second * clock.now().as_secs_f64()));
        QuietWait::default().wait_until_cool(&clock, &read, &|| false)
    }

    #[test]
    fn waits_as_long_as_the_heat_lasts_and_no_longer() {
        let record = cooling_from(60.0, 0.5);
        assert_eq!((record.waited_seconds, record.satisfied), (20.0, Some(true)));
        assert_eq!(cooling_from(40.0, 0.0).waited_seconds, 0.0);
    }

    #[test]
    fn a_hot_machine_times_out() {
        let record = cooling_from(90.0, 0.0);
        assert_eq!((record.waited_seconds, record.satisfied), (300.0, Some(false)));
        assert_eq!(record.reason, "still 90.0 °C after the timeout, at most 50.0 °C asked for");
    }

    #[test]
    fn quiet_must_last_without_a_break() {
        let clock = VirtualClock::new();
        let mut loads = [0.1, 0.1, 0.9, 0.1, 0.0, 0.2].into_iter();
        let mut others = || Ok(loads.next().unwrap());
        let record = QuietWait::default().wait_until_quiet(&clock, &mut others, &|| false);
        assert_eq!((record.waited_seconds, record.satisfied, record.kind), (6.0, Some(true), GateKind::SettledLoad));
    }

    #[test]
    fn a_machine_that_is_never_quiet_for_long_says_how_long_it_was() {
        let mut loads = [0.9, 0.0, 0.0].into_iter().cycle();
        let mut others = || Ok(loads.next().unwrap());
        let record = QuietWait::default().wait_until_quiet(&VirtualClock::new(), &mut others, &|| false);
        assert_eq!(record.satisfied, Some(false));
        assert!(
            record.reason.starts_with("quiet for 2 s at most, 3 s without a break asked for: others kept up to 0.90")
        );
    }

    #[test]
    fn without_any_reader_nothing_is_claimed() {
        let mut others = || Err(Missing::Absent("/proc/stat".to_owned()));
        let record = QuietWait::default().wait_until_quiet(&VirtualClock::new(), &mut others, &|| false);
        assert_eq!((record.kind, record.satisfied), (GateKind::None, None));
    }

    #[test]
    fn an_interrupt_ends_the_wait() {
        let read = || Ok(Celsius::from_degrees(90.0));
        let record = QuietWait::default().wait_until_cool(&VirtualClock::new(), &read, &|| true);
        assert_eq!((record.waited_seconds, record.satisfied), (0.0, Some(false)));
    }
}
