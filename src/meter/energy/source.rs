//! What a source of energy figures is: described by its [`Kind`], read through [`EnergySource`].

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

/// How far an energy figure can be trusted, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Tier {
    /// An analyser at the wall. None is read by this program.
    A,
    /// Energy counters in the hardware.
    B,
    /// Power of rails or of a battery, sampled and integrated.
    C,
    /// Typed in by a person.
    D,
}

/// One source and whether it can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceStatus {
    /// Its name, such as `rapl`.
    pub source: String,
    /// Trust.
    pub tier: Tier,
    /// How energy is had from it.
    pub method: String,
    /// Readings per second.
    pub rate_hz: f64,
    /// What it covers; `None` when it is missing.
    pub scope: Option<String>,
    /// Why it is missing; `None` when it is there.
    pub reason: Option<String>,
}

/// A kind of source: what is known of it before it is opened.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name in reports.
    pub(super) name: &'static str,
    /// Trust.
    pub(super) tier: Tier,
    /// Time between two readings: often enough not to miss a turn of a counter, not more often than a gauge refreshes.
    pub(super) period: Duration,
    /// How energy is had from it.
    pub(super) method: &'static str,
    /// Finds it on the machine below a root.
    pub(super) open: fn(&Root) -> Result<Arc<dyn EnergySource>, Missing>,
}

impl Kind {
    pub(super) fn status(&self, root: &Root) -> SourceStatus {
        let opened = (self.open)(root);
        SourceStatus {
            source: self.name.to_owned(),
            tier: self.tier,
            method: self.method.to_owned(),
            rate_hz: 1.0 / self.period.as_secs_f64(),
            scope: opened.as_ref().ok().map(|source| source.scope()),
            reason: opened.err().map(|why| why.to_string()),
        }
    }

    /// Seconds that an interval must have: counters refresh about every millisecond, a gauge needs several readings to be
    /// an integral.
    pub(super) fn shortest(&self) -> f64 {
        if self.tier == Tier::B { 0.1 } else { 5.0 * self.period.as_secs_f64() }
    }
}

/// What a source shows at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sample {
    /// Energy so far, in the source's own unit, of each of its counters.
    Counters(Vec<u64>),
    /// Power of each of its gauges, in the source's own unit.
    Powers(Vec<f64>),
}

/// An open source.
pub(super) trait EnergySource: Send + Sync {
    /// What it covers.
    fn scope(&self) -> String;

    /// What it shows now.
    ///
    /// # Errors
    /// [`Missing`] where it can no longer be read.
    fn sample(&self) -> Result<Sample, Missing>;

    /// The energy of an interval.
    ///
    /// # Errors
    /// [`Missing`] where the samples do not make one.
    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing>;
}

/// Integral of sampled power by the trapezoid rule.
pub(super) fn trapezoid(samples: impl Iterator<Item = (Duration, f64)>) -> Joules {
    let mut before: Option<(Duration, f64)> = None;
    let mut sum = 0.0;
    for (at, watts) in samples {
        if let Some((then, less)) = before.replace((at, watts)) {
            sum += at.saturating_sub(then).as_secs_f64() * (less + watts) / 2.0;
        }
    }
    Joules::from_joules(sum)
}

/// The readings of gauges.
pub(super) fn powers(samples: &[(Duration, Sample)]) -> impl Iterator<Item = (Duration, Vec<f64>)> {
    samples.iter().filter_map(
        |(at, sample)| {
            if let Sample::Powers(powers) = sample { Some((*at, powers.clone())) } else { None }
        },
    )
}

/// Most watts of a board, its graphics cards included: what a domestic socket gives.
pub(super) const MOST_WATTS: f64 = 2000.0;

/// A power that a board can draw.
///
/// # Errors
/// [`Missing::Refused`]: zero is a gauge that measures nothing, less than zero one that measures something else.
pub(super) fn plausible(watts: f64, what: &str) -> Result<f64, Missing> {
    if watts > 0.0 && watts <= MOST_WATTS {
        return Ok(watts);
    }
    Err(Missing::Refused(format!(
        "{what} shows {watts:.1} W: no board draws that (more than 0 and up to {MOST_WATTS:.0} W)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_integrates_exactly_at_uneven_times() {
        let ramp = [(0, 0.0), (100, 1.0), (450, 4.5), (1000, 10.0)];
        let samples = ramp.map(|(at, watts)| (Duration::from_millis(at), watts));
        approx::assert_relative_eq!(trapezoid(samples.into_iter()).joules(), 5.0, epsilon = 1e-12);
    }
}
