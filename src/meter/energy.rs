//! Energy over an interval from the best source this machine has, or the reason why there is none.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

mod source;
mod sources;

pub use source::{SourceStatus, Tier};
pub use sources::survey;

use super::clock::Clock;
use crate::sysfs::{Missing, Root};
use crate::unit::{Joules, Watts};
use source::{EnergySource, Kind, Sample, plausible};
use sources::KINDS;

/// Energy over one interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EnergyReading {
    /// Energy of the interval, idle power included.
    pub joules: Joules,
    /// Mean power of the interval.
    pub mean_power: Watts,
    /// Length of the interval in seconds.
    pub seconds: f64,
    /// Trust.
    pub tier: Tier,
    /// Its name, such as `rapl`.
    pub source: String,
    /// How energy was had from it.
    pub method: String,
    /// What it covers.
    pub scope: String,
    /// Readings taken.
    pub readings: usize,
    /// Readings per second that were really reached.
    pub rate_hz: f64,
}

/// Chooses a source and opens sessions on it.
pub struct EnergyMeter {
    source: Result<(&'static Kind, Arc<dyn EnergySource>), String>,
    clock: Arc<dyn Clock>,
}

impl EnergyMeter {
    /// Takes the first source that answers, in the order of [`survey`].
    #[must_use]
    pub fn choose(root: &Root, clock: Arc<dyn Clock>) -> Self {
        let mut reasons = Vec::new();
        for kind in KINDS {
            match (kind.open)(root) {
                Ok(source) => return Self { source: Ok((kind, source)), clock },
                Err(why) => reasons.push(format!("{}: {why}", kind.name)),
            }
        }
        Self { source: Err(reasons.join("; ")), clock }
    }

    /// Begins an interval.
    ///
    /// # Errors
    /// The reason why no source can be used.
    pub fn start(&self) -> Result<EnergySession, String> {
        let (kind, source) = self.source.clone()?;
        let clock = Arc::clone(&self.clock);
        let (stop, stopped) = mpsc::channel::<()>();
        let first = (clock.now(), source.sample().map_err(|why| why.to_string())?);
        let sampler = std::thread::spawn({
            let source = Arc::clone(&source);
            move || {
                let mut samples = vec![first];
                loop {
                    let last = !matches!(stopped.recv_timeout(kind.period), Err(RecvTimeoutError::Timeout));
                    samples.push((clock.now(), source.sample()?));
                    if last {
                        return Ok(samples);
                    }
                }
            }
        });
        Ok(EnergySession { kind, source, stop, sampler })
    }
}

/// A running interval.
#[must_use = "energy is known only when the session is stopped"]
pub struct EnergySession {
    kind: &'static Kind,
    source: Arc<dyn EnergySource>,
    stop: mpsc::Sender<()>,
    sampler: JoinHandle<Result<Vec<(Duration, Sample)>, Missing>>,
}

impl EnergySession {
    /// Ends the interval.
    ///
    /// # Errors
    /// Why the interval has no energy: the source failed, the charger came, or the interval is too short for its rate.
    pub fn stop(self) -> Result<EnergyReading, String> {
        drop(self.stop);
        let samples = self
            .sampler
            .join()
            .map_err(|_| "the energy sampler panicked".to_owned())?
            .map_err(|why| why.to_string())?;
        let (Some((begin, _)), Some((end, _))) = (samples.first(), samples.last()) else {
            return Err("the energy sampler took no reading".to_owned());
        };
        let seconds = end.saturating_sub(*begin).as_secs_f64();
        let least = self.kind.shortest();
        if seconds < least {
            return Err(format!(
                "an interval of {seconds:.2} s is too short for {}: it needs {least} s",
                self.kind.name
            ));
        }
        let joules = self.source.energy(&samples).map_err(|why| why.to_string())?;
        plausible(joules.joules() / seconds, self.kind.name).map_err(|why| why.to_string())?;
        Ok(EnergyReading {
            joules,
            mean_power: Watts::from_watts(joules.joules() / seconds),
            seconds,
            tier: self.kind.tier,
            source: self.kind.name.to_owned(),
            method: self.kind.method.to_owned(),
            scope: self.source.scope(),
            readings: samples.len(),
            rate_hz: (samples.len() - 1) as f64 / seconds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::clock::SystemClock;

    #[test]
    fn a_session_on_rails_of_five_watts() {
        let tree = tempfile::tempdir().unwrap();
        let chip = tree.path().join("sys/class/hwmon/hwmon0");
        std::fs::create_dir_all(&chip).unwrap();
        std::fs::write(chip.join("name"), "ina226").unwrap();
        std::fs::write(chip.join("power1_input"), "5000000").unwrap();
        let meter = EnergyMeter::choose(&Root::at(tree.path()), Arc::new(SystemClock::new()));
        let session = meter.start().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        let reading = session.stop().unwrap();
        approx::assert_relative_eq!(reading.mean_power.watts(), 5.0, max_relative = 1e-9);
        approx::assert_relative_eq!(reading.joules.joules(), 5.0 * reading.seconds, max_relative = 1e-9);
        assert!(reading.seconds >= 0.7 && reading.readings >= 4, "{reading:?}");
        assert_eq!((reading.tier, reading.source.as_str()), (Tier::C, "hwmon"));
        let short = meter.start().unwrap().stop().unwrap_err();
        assert!(short.contains("too short"), "{short}");
    }

    #[test]
    fn without_a_source_every_reason_is_given() {
        let tree = tempfile::tempdir().unwrap();
        let meter = EnergyMeter::choose(&Root::at(tree.path()), Arc::new(SystemClock::new()));
        let why = meter.start().err().unwrap();
        let reasons: Vec<&str> = why.split("; ").collect();
        assert_eq!(reasons.len(), KINDS.len(), "{why}");
        for reason in [
            "rapl: an intel-rapl package in /sys/class/powercap does not exist",
            "hwmon: no power monitor in /sys/class/hwmon",
            "battery: no battery in /sys/class/power_supply",
        ] {
            assert!(reasons.contains(&reason), "{why}");
        }
        assert!(survey(&Root::at(tree.path())).iter().all(|source| source.reason.is_some() && source.scope.is_none()));
    }
}
