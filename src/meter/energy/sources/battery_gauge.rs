//! Power drawn from the battery, by its gauge: `power_now`, or `current_now` times `voltage_now`.

use std::sync::Arc;
use std::time::Duration;

use crate::meter::battery::{BatteryMeter, BatteryReading};
use crate::meter::energy::source::{EnergySource, Kind, Sample, Tier, powers, trapezoid};
use crate::sysfs::supply::SUPPLIES;
use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

/// What is known of it before it is opened.
pub(super) const KIND: Kind = Kind {
    name: "battery",
    tier: Tier::C,
    period: Duration::from_millis(250),
    method: "battery gauge sampled while discharging, integrated by the trapezoid rule",
    open: |root| Ok(Arc::new(BatteryGauges::open(root)?)),
};

/// The gauges of all batteries. Usable only while nothing charges: otherwise they show the charger's current as well.
#[derive(Debug, Clone)]
struct BatteryGauges {
    root: Root,
    /// All batteries; at any time one or more of them discharge.
    names: Vec<String>,
}

impl BatteryGauges {
    /// Opens the gauges of the batteries that power the machine.
    ///
    /// # Errors
    /// [`Missing`] without a battery, with a charger, or where a gauge gives nothing usable.
    fn open(root: &Root) -> Result<Self, Missing> {
        let all = BatteryMeter::new(root.clone()).read();
        let Some(first) = all.first() else { return Err(Missing::Refused(format!("no battery in /{SUPPLIES}"))) };
        let charging = all.iter().find(|battery| battery.status.as_deref() == Some("Charging"));
        let refused = charging.or_else(|| (!all.iter().any(BatteryReading::discharging)).then_some(first));
        if let Some(battery) = refused {
            return Err(Missing::Refused(format!(
                "the battery {} is {}{}: its gauge shows the draw of the machine only while it discharges",
                battery.name,
                battery.status.as_deref().unwrap_or("in an unknown state").to_lowercase(),
                if battery.charger_online == Some(true) { " and a charger is connected" } else { "" },
            )));
        }
        let gauges = Self { root: root.clone(), names: all.into_iter().map(|battery| battery.name).collect() };
        let raw = gauges.raw()?;
        gauges.watts(&[raw])?;
        Ok(gauges)
    }

    /// Those that discharge now.
    fn discharging(&self) -> Vec<bool> {
        let status = |name: &String| self.root.text(&format!("{SUPPLIES}/{name}/status")).unwrap_or_default();
        self.names.iter().map(|name| status(name) == "Discharging").collect()
    }

    /// Signed power of each battery in its driver's own unit; 0 of one that rests.
    ///
    /// # Errors
    /// [`Missing`] where none discharges or a gauge cannot be read.
    fn raw(&self) -> Result<Vec<f64>, Missing> {
        let discharging = self.discharging();
        if !discharging.contains(&true) {
            return Err(Missing::Refused("no battery discharges any more".to_owned()));
        }
        let one = |(name, on): (&String, bool)| if on { self.raw_of(name) } else { Ok(0.0) };
        self.names.iter().zip(discharging).map(one).collect()
    }

    fn raw_of(&self, name: &str) -> Result<f64, Missing> {
        let file = |file: &str| format!("{SUPPLIES}/{name}/{file}");
        if let Some(power) = self.root.number::<f64>(&file("power_now")).ok().filter(|raw| *raw != 0.0) {
            return Ok(power);
        }
        let current: f64 = self.root.number(&file("current_now"))?;
        let voltage: f64 = self.root.number(&file("voltage_now"))?;
        let volts = match voltage.abs() {
            microvolts if (2e6..1e8).contains(&microvolts) => microvolts * 1e-6,
            millivolts if (2e3..1e5).contains(&millivolts) => millivolts * 1e-3,
            _ => return Err(Missing::Malformed(format!("/{}", file("voltage_now")), voltage.to_string())),
        };
        Ok(current * volts)
    }

    /// Turns raw samples of one session into the watts of all batteries together.
    ///
    /// # Errors
    /// [`Missing::Refused`] when a battery's sign changes or neither unit gives a plausible power.
    fn watts(&self, raw: &[Vec<f64>]) -> Result<Vec<f64>, Missing> {
        let mut sum = vec![0.0; raw.len()];
        for (place, name) in self.names.iter().enumerate() {
            let own: Vec<f64> = raw.iter().filter_map(|sample| sample.get(place).copied()).collect();
            if own.iter().any(|sample| *sample != 0.0) {
                sum.iter_mut().zip(watts_of(name, &own)?).for_each(|(sum, watts)| *sum += watts);
            }
        }
        if sum.iter().all(|watts| *watts == 0.0) {
            return Err(Missing::Refused(format!(
                "the gauge of battery {} shows no power at all",
                self.names.join(" + ")
            )));
        }
        Ok(sum)
    }
}

/// Watts of one battery.
///
/// Drivers disagree on the sign, so while the battery discharges the magnitude counts; and on the unit: micro by the
/// kernel's documents, milli on some phones. The greatest sample decides: 0.1–500 W read as micro, else 0.1–30 W as milli.
fn watts_of(name: &str, raw: &[f64]) -> Result<Vec<f64>, Missing> {
    let refuse = |why: String| Err(Missing::Refused(format!("the gauge of battery {name}: {why}")));
    let peak = raw.iter().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    if raw.iter().any(|x| *x > 0.1 * peak) && raw.iter().any(|x| *x < -0.1 * peak) {
        return refuse("its current changed direction, so that a charger took part".to_owned());
    }
    let scale = if (1e5..=5e8).contains(&peak) {
        1e-6
    } else if (1e2..=3e4).contains(&peak) {
        1e-3
    } else {
        return refuse(format!("a reading of {peak} is no plausible power in micro or milli units"));
    };
    Ok(raw.iter().map(|sample| sample.abs() * scale).collect())
}

impl EnergySource for BatteryGauges {
    fn scope(&self) -> String {
        let some = |(name, on): (&String, bool)| on.then(|| name.clone());
        let on: Vec<String> = self.names.iter().zip(self.discharging()).filter_map(some).collect();
        let named = if on.is_empty() { &self.names } else { &on };
        format!("whole device, from battery {}", named.join(" + "))
    }

    fn sample(&self) -> Result<Sample, Missing> {
        self.raw().map(Sample::Powers)
    }

    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        // The charger may have been plugged in meanwhile.
        Self::open(&self.root)?;
        let (times, raw): (Vec<Duration>, Vec<Vec<f64>>) = powers(samples).unzip();
        Ok(trapezoid(times.into_iter().zip(self.watts(&raw)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn battery(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<BatteryGauges, Missing>) {
        let tree = tempfile::tempdir().unwrap();
        let folder = tree.path().join(SUPPLIES).join("battery");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("type"), "Battery\n").unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
        let gauge = BatteryGauges::open(&Root::at(tree.path()));
        (tree, gauge)
    }

    fn watts(files: &[(&str, &str)]) -> f64 {
        let (_tree, gauge) = battery(files);
        let gauge = gauge.unwrap();
        gauge.watts(&[gauge.raw().unwrap()]).unwrap()[0]
    }

    #[test]
    fn microamperes_milliamperes_and_either_sign_give_the_same_power() {
        let discharging = ("status", "Discharging\n");
        for (current, voltage) in
            [("850000\n", "4000000\n"), ("-850000\n", "4000000\n"), ("-850\n", "4000\n"), ("850\n", "4000000\n")]
        {
            approx::assert_relative_eq!(
                watts(&[discharging, ("current_now", current), ("voltage_now", voltage)]),
                3.4,
                max_relative = 1e-12
            );
        }
        approx::assert_relative_eq!(watts(&[discharging, ("power_now", "12400000\n")]), 12.4, max_relative = 1e-12);
    }

    #[test]
    fn a_charger_refuses() {
        let (_tree, gauge) =
            battery(&[("status", "Charging\n"), ("current_now", "850000\n"), ("voltage_now", "4000000\n")]);
        let why = gauge.unwrap_err().to_string();
        assert!(why.starts_with("the battery battery is charging: its gauge"), "{why}");
    }

    #[test]
    fn a_current_that_turns_round_refuses() {
        let (_tree, gauge) =
            battery(&[("status", "Discharging\n"), ("current_now", "850000\n"), ("voltage_now", "4000000\n")]);
        assert!(gauge.unwrap().watts(&[vec![3.4e6], vec![-2.0e6]]).is_err());
    }

    #[test]
    fn an_ambiguous_unit_refuses() {
        let (_tree, gauge) =
            battery(&[("status", "Discharging\n"), ("current_now", "15000\n"), ("voltage_now", "4000000\n")]);
        assert!(gauge.unwrap_err().to_string().contains("no plausible power"));
    }

    #[test]
    fn two_batteries_are_summed_whichever_discharges() {
        let tree = tempfile::tempdir().unwrap();
        let supply = |name: &str, status: &str, power: &str| {
            let folder = tree.path().join(SUPPLIES).join(name);
            std::fs::create_dir_all(&folder).unwrap();
            for (file, text) in
                [("type", "Battery"), ("status", status), ("power_now", power), ("voltage_now", "11000000")]
            {
                std::fs::write(folder.join(file), text).unwrap();
            }
        };
        supply("BAT0", "Unknown", "0");
        supply("BAT1", "Discharging", "8213000");
        let gauges = BatteryGauges::open(&Root::at(tree.path())).unwrap();
        assert_eq!(gauges.scope(), "whole device, from battery BAT1");
        let first = gauges.raw().unwrap();
        supply("BAT0", "Discharging", "-2000000");
        let both = gauges.watts(&[first, gauges.raw().unwrap()]).unwrap();
        approx::assert_relative_eq!(both[0], 8.213, max_relative = 1e-12);
        approx::assert_relative_eq!(both[1], 10.213, max_relative = 1e-12);
        supply("BAT0", "Charging", "2000000");
        assert!(BatteryGauges::open(&Root::at(tree.path())).is_err());
    }
}
