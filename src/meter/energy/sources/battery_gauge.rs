//! Power drawn from the battery, by its gauge: `power_now`, or `current_now` times `voltage_now`.

use std::sync::Arc;
use std::time::Duration;

use crate::meter::battery::{BatteryMeter, SUPPLIES};
use crate::meter::energy::source::{EnergySource, Kind, Sample, Tier, powers, trapezoid};
use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

/// What is known of it before it is opened.
pub(super) const KIND: Kind = Kind {
    name: "battery",
    tier: Tier::C,
    period: Duration::from_millis(250),
    method: "battery gauge sampled while discharging, integrated by the trapezoid rule",
    open: |root| Ok(Arc::new(BatteryGauge::open(root)?)),
};

/// A battery gauge. Usable only while nothing charges: otherwise it shows the charger's current as well.
#[derive(Debug, Clone)]
struct BatteryGauge {
    root: Root,
    name: String,
    has_power: bool,
}

impl BatteryGauge {
    /// Opens the gauge of the battery that powers the machine.
    ///
    /// # Errors
    /// [`Missing`] without a battery, with a charger, or where the gauge gives nothing usable.
    fn open(root: &Root) -> Result<Self, Missing> {
        let battery = BatteryMeter::new(root.clone())
            .read()
            .ok_or_else(|| Missing::Refused(format!("no battery in /{SUPPLIES}")))?;
        if !battery.discharging() {
            return Err(Missing::Refused(format!(
                "the battery {} is {}{}: its gauge shows the draw of the machine only while it discharges",
                battery.name,
                battery.status.as_deref().unwrap_or("in an unknown state").to_lowercase(),
                if battery.charger_online == Some(true) { " and a charger is connected" } else { "" },
            )));
        }
        let has_power =
            root.number::<f64>(&format!("{SUPPLIES}/{}/power_now", battery.name)).is_ok_and(|raw| raw != 0.0);
        let gauge = Self { root: root.clone(), name: battery.name, has_power };
        gauge.watts(&[gauge.raw()?])?;
        Ok(gauge)
    }

    /// Signed power in the driver's own unit.
    ///
    /// # Errors
    /// [`Missing`] where the gauge cannot be read.
    fn raw(&self) -> Result<f64, Missing> {
        let file = |file: &str| format!("{SUPPLIES}/{}/{file}", self.name);
        if self.has_power {
            return self.root.number(&file("power_now"));
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

    /// Turns raw samples of one session into watts.
    ///
    /// Drivers disagree on the sign, so while the battery discharges the magnitude counts; and on the unit: micro by the
    /// kernel's documents, milli on some phones. The greatest sample decides: 0.1–500 W read as micro, else 0.1–30 W as milli.
    ///
    /// # Errors
    /// [`Missing::Refused`] when the sign changes or neither unit gives a plausible power.
    fn watts(&self, raw: &[f64]) -> Result<Vec<f64>, Missing> {
        let refuse = |why: String| Err(Missing::Refused(format!("the gauge of battery {}: {why}", self.name)));
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
}

impl EnergySource for BatteryGauge {
    fn scope(&self) -> String {
        format!("whole device, from battery {}", self.name)
    }

    fn sample(&self) -> Result<Sample, Missing> {
        self.raw().map(Sample::Power)
    }

    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        // The charger may have been plugged in meanwhile.
        Self::open(&self.root)?;
        let (times, raw): (Vec<Duration>, Vec<f64>) = powers(samples).unzip();
        Ok(trapezoid(times.into_iter().zip(self.watts(&raw)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn battery(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<BatteryGauge, Missing>) {
        let tree = tempfile::tempdir().unwrap();
        let folder = tree.path().join(SUPPLIES).join("battery");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("type"), "Battery\n").unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
        let gauge = BatteryGauge::open(&Root::at(tree.path()));
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
        assert!(gauge.unwrap().watts(&[3.4e6, -2.0e6]).is_err());
    }

    #[test]
    fn an_ambiguous_unit_refuses() {
        let (_tree, gauge) =
            battery(&[("status", "Discharging\n"), ("current_now", "15000\n"), ("voltage_now", "4000000\n")]);
        assert!(gauge.unwrap_err().to_string().contains("no plausible power"));
    }
}
