//! What the machine was like over the repetitions of a row: summed up, and judged.

use super::row::{EnergyReport, LoadReport, ThermalReport};
use crate::bench::runner::Sample;
use crate::bench::warning::{self, Warning};
use crate::meter::energy::EnergyReading;
use crate::meter::load::TOO_SHORT;
use crate::worker::conditions::Conditions;

pub(super) fn energy_report(samples: &[Sample], conditions: &[&Conditions]) -> Option<EnergyReport> {
    let readings: Option<Vec<&EnergyReading>> = conditions.iter().map(|reading| reading.energy.as_ref()).collect();
    let readings = readings?;
    let first = *readings.first()?;
    let joules: f64 = readings.iter().map(|reading| reading.joules.joules()).sum();
    let seconds: f64 = readings.iter().map(|reading| reading.seconds).sum();
    let tokens: u32 = samples.iter().map(|sample| sample.tokens).sum();
    Some(EnergyReport {
        joules_per_token: joules / f64::from(tokens),
        joules,
        watts: joules / seconds,
        source: first.clone(),
    })
}

pub(super) fn thermal_report(conditions: &[&Conditions]) -> ThermalReport {
    let hottest = |reading: &crate::meter::thermal::ThermalReading| Some(reading.hottest.as_ref()?.celsius.degrees());
    let fastest = |reading: &crate::meter::thermal::ThermalReading| {
        reading.frequencies.iter().map(|hertz| hertz.hertz()).reduce(f64::max)
    };
    let (first, last) = (conditions.first(), conditions.last());
    let held_back = conditions.iter().find(|reading| reading.throttling.throttled == Some(true));
    // "Not held back" holds for the row only when every repetition could tell.
    let unknown = conditions.iter().find(|reading| reading.throttling.throttled.is_none());
    let verdict = held_back.or(unknown).or(first).map(|reading| &reading.throttling);
    ThermalReport {
        start_celsius: first.and_then(|reading| hottest(&reading.before)),
        end_celsius: last.and_then(|reading| hottest(&reading.after)),
        start_hertz: first.and_then(|reading| fastest(&reading.before)),
        end_hertz: last.and_then(|reading| fastest(&reading.after)),
        throttled: verdict.and_then(|verdict| verdict.throttled),
        evidence: verdict.map(|verdict| verdict.evidence.clone()),
    }
}

pub(super) fn load_report(conditions: &[&Conditions]) -> LoadReport {
    let loads: Vec<_> = conditions.iter().filter_map(|reading| reading.load.as_ref()).collect();
    let mean = |pick: &dyn Fn(&crate::meter::load::LoadReading) -> f64| {
        (!loads.is_empty()).then(|| loads.iter().map(|load| pick(load)).sum::<f64>() / loads.len() as f64)
    };
    // A sum over nothing is not a measured zero.
    let known = |sum: Option<u64>| sum.filter(|_| !loads.is_empty());
    LoadReport {
        others_busy_processors: mean(&|load| load.others_busy_processors),
        steal_fraction: mean(&|load| load.steal_fraction),
        voluntary_switches: known(loads.iter().map(|load| load.voluntary_switches).sum()),
        involuntary_switches: known(loads.iter().map(|load| load.involuntary_switches).sum()),
        major_faults: conditions
            .iter()
            .map(|reading| reading.major_faults)
            .sum::<Option<u64>>()
            .filter(|_| !conditions.is_empty()),
    }
}

pub(super) fn judge_conditions(conditions: &[&Conditions]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if conditions.is_empty() {
        return warnings;
    }
    if let Some(held_back) = conditions.iter().find(|reading| reading.throttling.throttled == Some(true)) {
        warnings.push(Warning::Throttled { evidence: held_back.throttling.evidence.clone() });
    }
    let load = load_report(conditions);
    let processors = conditions.iter().filter_map(|reading| reading.load.as_ref()).map(|load| load.processors).max();
    if let Some((busy, processors)) = load.others_busy_processors.zip(processors) {
        let share = busy / f64::from(processors.max(1));
        if share > warning::MAX_OTHER_LOAD {
            warnings.push(Warning::NotQuiet { share, limit: warning::MAX_OTHER_LOAD });
        }
    }
    // A repetition too short for the kernel's ticks is no blindness: the others of the row tell.
    let unwatched = conditions.iter().filter_map(|reading| reading.reasons.get("load")).find(|why| *why != TOO_SHORT);
    if let Some(reason) = unwatched {
        warnings.push(Warning::Unwatched { reason: reason.clone() });
    }
    let halted = conditions.iter().filter_map(|reading| reading.quota);
    let (throttled, periods) = halted.fold((0, 0), |sum, one| (sum.0 + one.throttled, sum.1 + one.all));
    if throttled > 0 {
        warnings.push(Warning::QuotaReached { throttled, periods });
    }
    if let Some(share) = load.steal_fraction
        && share > warning::MAX_STEAL
    {
        warnings.push(Warning::Stolen { share, limit: warning::MAX_STEAL });
    }
    let still: Vec<_> = conditions.iter().filter_map(|reading| reading.standstill).collect();
    let stopped_s: f64 = still.iter().map(|one| one.stopped_s).sum();
    if stopped_s > 0.0 {
        warnings.push(Warning::StoodStill { seconds: stopped_s });
    }
    let asleep_s: f64 = still.iter().filter_map(|one| one.asleep_s).sum();
    if asleep_s > 0.0 {
        warnings.push(Warning::Slept { seconds: asleep_s });
    }
    if let Some(major_faults) = load.major_faults
        && major_faults > 0
    {
        warnings.push(Warning::Swapped { major_faults });
    }
    if conditions.iter().any(|reading| reading.on_battery == Some(true)) {
        warnings.push(Warning::OnBattery);
    }
    if let Some(reason) = conditions.iter().find_map(|reading| reading.reasons.get("energy")) {
        warnings.push(Warning::EnergyUnavailable { reason: reason.clone() });
    }
    warnings
}
