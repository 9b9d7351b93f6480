//! Battery and charger, as far as they bear on a measurement.

use serde::{Deserialize, Serialize};

use crate::sysfs::Root;

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

/// Reads the first battery that powers the machine itself.
#[derive(Debug, Clone)]
pub struct BatteryMeter {
    root: Root,
}

/// Where the kernel lists batteries and chargers.
pub(super) const SUPPLIES: &str = "sys/class/power_supply";

/// The names of batteries that power the machine: those of mice and headsets have the scope `Device`.
pub(super) fn batteries(root: &Root) -> Vec<String> {
    let read = |name: &str, file: &str| root.text(&format!("{SUPPLIES}/{name}/{file}")).unwrap_or_default();
    root.list(SUPPLIES)
        .into_iter()
        .filter(|name| read(name, "type") == "Battery" && read(name, "scope") != "Device")
        .collect()
}

impl BatteryMeter {
    /// A meter of the machine below `root`.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self { root }
    }

    /// The battery now; `None` on a machine without one.
    #[must_use]
    pub fn read(&self) -> Option<BatteryReading> {
        let name = batteries(&self.root).into_iter().next()?;
        let chargers: Vec<bool> = self
            .root
            .list(SUPPLIES)
            .into_iter()
            .filter(|other| {
                self.root
                    .text(&format!("{SUPPLIES}/{other}/type"))
                    .is_ok_and(|kind| kind == "Mains" || kind == "Wireless" || kind.starts_with("USB"))
            })
            .filter_map(|charger| self.root.number::<u8>(&format!("{SUPPLIES}/{charger}/online")).ok())
            .map(|online| online != 0)
            .collect();
        Some(BatteryReading {
            status: self.root.text(&format!("{SUPPLIES}/{name}/status")).ok(),
            capacity_percent: self.root.number(&format!("{SUPPLIES}/{name}/capacity")).ok(),
            charger_online: (!chargers.is_empty()).then(|| chargers.contains(&true)),
            name,
        })
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
        supply(tree.path(), "hid-mouse", &[("type", "Battery\n"), ("scope", "Device\n"), ("status", "Discharging\n")]);
        assert_eq!(BatteryMeter::new(Root::at(tree.path())).read(), None);
        supply(tree.path(), "BAT0", &[("type", "Battery\n"), ("status", "Full\n"), ("capacity", "98\n")]);
        supply(tree.path(), "AC", &[("type", "Mains\n"), ("online", "1\n")]);
        let reading = BatteryMeter::new(Root::at(tree.path())).read().unwrap();
        assert_eq!((reading.name.as_str(), reading.capacity_percent), ("BAT0", Some(98.0)));
        assert_eq!(reading.charger_online, Some(true));
        assert!(!reading.discharging());
    }
}
