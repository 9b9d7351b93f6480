//! Battery and charger, as far as they bear on a measurement.

use serde::{Deserialize, Serialize};

use crate::sysfs::Root;
use crate::sysfs::supply::{SUPPLIES, batteries, charge_percent, of_a_device};

/// Battery and charger at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatteryReading {
    /// The battery's name below `/sys/class/power_supply`.
    pub name: String,
    /// `Charging`, `Discharging`, `Full`, `Not charging`, `Unknown`, by the kernel; `None` where the driver does not say.
    pub status: Option<String>,
    /// Charge in percent of full, as the gauge gives it.
    pub capacity_percent: Option<f64>,
    /// Whether a charger is connected; `None` where no supply says.
    pub charger_online: Option<bool>,
}

impl BatteryReading {
    /// Whether the machine certainly runs from this battery alone.
    #[must_use]
    pub fn discharging(&self) -> bool {
        self.status.as_deref() == Some("Discharging") && self.charger_online != Some(true)
    }
}

/// Reads the batteries that power the machine itself.
#[derive(Debug, Clone)]
pub struct BatteryMeter {
    root: Root,
}

impl BatteryMeter {
    /// A meter of the machine below `root`.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self { root }
    }

    /// The batteries now; none on a machine without one.
    #[must_use]
    pub fn read(&self) -> Vec<BatteryReading> {
        let text = |name: &str, file: &str| self.root.text(&format!("{SUPPLIES}/{name}/{file}"));
        let charger = |kind: &str| kind == "Mains" || kind == "Wireless" || kind.starts_with("USB");
        let chargers: Vec<bool> = self
            .root
            .list(SUPPLIES)
            .into_iter()
            .filter(|other| text(other, "type").is_ok_and(|kind| charger(&kind)) && !of_a_device(&self.root, other))
            .filter_map(|charger| self.root.number::<u8>(&format!("{SUPPLIES}/{charger}/online")).ok())
            .map(|online| online != 0)
            .collect();
        let charger_online = (!chargers.is_empty()).then(|| chargers.contains(&true));
        let reading = |name: String| BatteryReading {
            status: text(&name, "status").ok(),
            capacity_percent: charge_percent(&self.root, &name),
            charger_online,
            name,
        };
        batteries(&self.root).into_iter().map(reading).collect()
    }

    /// Whether the machine certainly runs from a battery; `None` on a machine without one. One of several discharges while
    /// the others rest.
    #[must_use]
    pub fn on_battery(&self) -> Option<bool> {
        let all = self.read();
        (!all.is_empty()).then(|| all.iter().any(BatteryReading::discharging))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(tree: &std::path::Path, name: &str, files: &[(&str, &str)]) {
        let folder = tree.join(SUPPLIES).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
    }

    #[test]
    fn the_mouse_is_not_the_battery() {
        let tree = tempfile::tempdir().unwrap();
        let meter = BatteryMeter::new(Root::at(tree.path()));
        supply(tree.path(), "hid-mouse", &[("type", "Battery\n"), ("scope", "Device\n"), ("status", "Discharging\n")]);
        supply(tree.path(), "axp20x", &[("type", "Battery\n"), ("present", "0\n"), ("status", "Discharging\n")]);
        assert_eq!((meter.read(), meter.on_battery()), (Vec::new(), None));
        supply(tree.path(), "BAT0", &[("type", "Battery\n"), ("status", "Full\n"), ("capacity", "98\n")]);
        supply(tree.path(), "AC", &[("type", "Mains\n"), ("online", "1\n")]);
        let reading = meter.read().remove(0);
        assert_eq!((reading.name.as_str(), reading.capacity_percent), ("BAT0", Some(98.0)));
        assert_eq!((reading.charger_online, meter.on_battery()), (Some(true), Some(false)));
    }

    #[test]
    fn one_of_two_batteries_discharges() {
        let tree = tempfile::tempdir().unwrap();
        let meter = BatteryMeter::new(Root::at(tree.path()));
        supply(tree.path(), "BAT0", &[("type", "Battery\n"), ("status", "Unknown\n")]);
        supply(tree.path(), "BAT1", &[("type", "Battery\n"), ("status", "Discharging\n")]);
        supply(tree.path(), "AC", &[("type", "Mains\n"), ("online", "0\n")]);
        assert_eq!(meter.on_battery(), Some(true));
    }
}
