//! The sources of energy figures that this program knows, and whether this machine has them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::energy::trapezoid;
use super::hwmon::Rails;
use super::power_supply::BatteryGauge;
use super::rapl::Rapl;
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
    /// `rapl`, `hwmon` or `battery`.
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

#[derive(Debug, Clone)]
pub(super) enum Source {
    Rapl(Rapl),
    Rails(Rails),
    Battery(BatteryGauge),
}

/// One reading of a source.
#[derive(Debug, Clone)]
pub(super) enum Sample {
    Counters(Vec<u64>),
    Power(f64),
}

impl Source {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Rapl(_) => "rapl",
            Self::Rails(_) => "hwmon",
            Self::Battery(_) => "battery",
        }
    }

    pub(super) fn tier(&self) -> Tier {
        if matches!(self, Self::Rapl(_)) { Tier::B } else { Tier::C }
    }

    /// RAPL counts by itself and is asked often enough never to miss a turn; gauges refresh a few times a second at best.
    pub(super) fn period(&self) -> Duration {
        match self {
            Self::Rapl(_) => Duration::from_secs(1),
            Self::Rails(_) => Duration::from_millis(100),
            Self::Battery(_) => Duration::from_millis(250),
        }
    }

    pub(super) fn method(&self) -> &'static str {
        method(self.name())
    }

    pub(super) fn scope(&self) -> String {
        match self {
            Self::Rapl(rapl) => rapl.scope(),
            Self::Rails(rails) => rails.scope(),
            Self::Battery(gauge) => gauge.scope(),
        }
    }

    pub(super) fn sample(&self) -> Result<Sample, Missing> {
        match self {
            Self::Rapl(rapl) => rapl.counters().map(Sample::Counters),
            Self::Rails(rails) => rails.watts().map(Sample::Power),
            Self::Battery(gauge) => gauge.raw().map(Sample::Power),
        }
    }

    pub(super) fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        let powers =
            || samples.iter().filter_map(|(_, sample)| if let Sample::Power(x) = sample { Some(*x) } else { None });
        let times: Vec<Duration> = samples.iter().map(|(at, _)| *at).collect();
        match self {
            Self::Rapl(rapl) => Ok(Joules::from_joules(
                samples
                    .windows(2)
                    .filter_map(|pair| match (&pair[0].1, &pair[1].1) {
                        (Sample::Counters(a), Sample::Counters(b)) => Some(rapl.between(a, b).joules()),
                        _ => None,
                    })
                    .sum(),
            )),
            Self::Rails(_) => Ok(trapezoid(&times, &powers().collect::<Vec<f64>>())),
            Self::Battery(gauge) => {
                // The charger may have been plugged in meanwhile.
                BatteryGauge::open(gauge.root())?;
                Ok(trapezoid(&times, &gauge.watts(&powers().collect::<Vec<f64>>())?))
            }
        }
    }
}

fn method(source: &str) -> &'static str {
    match source {
        "rapl" => "difference of energy counters, turns of the counter added",
        "hwmon" => "rail power sampled, integrated by the trapezoid rule",
        _ => "battery gauge sampled while discharging, integrated by the trapezoid rule",
    }
}

/// Every source this program knows, with what it covers or why it is missing; best first.
#[must_use]
pub fn survey(root: &Root) -> Vec<SourceStatus> {
    attempts(root)
        .into_iter()
        .map(|(name, opened)| SourceStatus {
            source: name.to_owned(),
            tier: if name == "rapl" { Tier::B } else { Tier::C },
            method: method(name).to_owned(),
            rate_hz: match name {
                "rapl" => 1.0,
                "hwmon" => 10.0,
                _ => 4.0,
            },
            scope: opened.as_ref().ok().map(Source::scope),
            reason: opened.err().map(|why| why.to_string()),
        })
        .collect()
}

pub(super) fn attempts(root: &Root) -> [(&'static str, Result<Source, Missing>); 3] {
    [
        ("rapl", Rapl::open(root).map(Source::Rapl)),
        ("hwmon", Rails::open(root).map(Source::Rails)),
        ("battery", BatteryGauge::open(root).map(Source::Battery)),
    ]
}
