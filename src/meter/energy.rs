//! Energy over an interval from the best source this machine has, or the reason why there is none.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::energy_source::{Sample, Source, attempts};
pub use super::energy_source::{SourceStatus, Tier, survey};
use crate::sysfs::{Missing, Root};
use crate::unit::{Joules, Watts};

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
    /// `rapl`, `hwmon` or `battery`.
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

/// Integral of sampled power by the trapezoid rule; `times` and `watts` run in parallel.
#[must_use]
pub fn trapezoid(times: &[Duration], watts: &[f64]) -> Joules {
    let sum = times
        .windows(2)
        .zip(watts.windows(2))
        .map(|(t, p)| t[1].saturating_sub(t[0]).as_secs_f64() * (p[0] + p[1]) / 2.0)
        .sum();
    Joules::from_joules(sum)
}

/// Chooses a source and opens sessions on it.
pub struct EnergyMeter {
    source: Result<Source, String>,
    clock: Arc<dyn Clock>,
}

impl EnergyMeter {
    /// Takes the first source that answers, in the order of [`survey`].
    #[must_use]
    pub fn choose(root: &Root, clock: Arc<dyn Clock>) -> Self {
        let mut reasons = Vec::new();
        for (name, opened) in attempts(root) {
            match opened {
                Ok(source) => return Self { source: Ok(source), clock },
                Err(why) => reasons.push(format!("{name}: {why}")),
            }
        }
        Self { source: Err(reasons.join("; ")), clock }
    }

    /// Begins an interval.
    ///
    /// # Errors
    /// The reason why no source can be used.
    pub fn start(&self) -> Result<EnergySession, String> {
        let source = self.source.clone()?;
        let clock = Arc::clone(&self.clock);
        let (stop, stopped) = mpsc::channel::<()>();
        let first = (clock.now(), source.sample().map_err(|why| why.to_string())?);
        let sampler = std::thread::spawn({
            let source = source.clone();
            move || {
                let mut samples = vec![first];
                loop {
                    let last = !matches!(stopped.recv_timeout(source.period()), Err(RecvTimeoutError::Timeout));
                    samples.push((clock.now(), source.sample()?));
                    if last {
                        return Ok(samples);
                    }
                }
            }
        });
        Ok(EnergySession { source, stop, sampler })
    }
}

/// A running interval.
#[must_use = "energy is known only when the session is stopped"]
pub struct EnergySession {
    source: Source,
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
        // Counters refresh about every millisecond; a gauge needs several readings to be an integral.
        let least = if self.source.tier() == Tier::B { 0.1 } else { 5.0 * self.source.period().as_secs_f64() };
        if seconds < least {
            return Err(format!(
                "an interval of {seconds:.2} s is too short for {}: it needs {least} s",
                self.source.name()
            ));
        }
        let joules = self.source.energy(&samples).map_err(|why| why.to_string())?;
        Ok(EnergyReading {
            joules,
            mean_power: Watts::from_watts(joules.joules() / seconds),
            seconds,
            tier: self.source.tier(),
            source: self.source.name().to_owned(),
            method: self.source.method().to_owned(),
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
    fn a_ramp_integrates_exactly_at_uneven_times() {
        let times = [0, 100, 450, 1000].map(Duration::from_millis);
        let watts = [0.0, 1.0, 4.5, 10.0];
        approx::assert_relative_eq!(trapezoid(&times, &watts).joules(), 5.0, epsilon = 1e-12);
    }

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
        assert_eq!(
            why,
            "rapl: an intel-rapl package in /sys/class/powercap does not exist; \
             hwmon: no power monitor in /sys/class/hwmon; battery: no battery in /sys/class/power_supply"
        );
        assert!(survey(&Root::at(tree.path())).iter().all(|source| source.reason.is_some() && source.scope.is_none()));
    }
}
