//! Thermal zones, batteries and chargers as they stand.

use crate::device::profile::{PowerSupply, ThermalZone};
use crate::sysfs::Root;
use crate::unit::Celsius;

/// The thermal zones; values outside −30…150 °C and exact zeros are what disabled sensors show, and are left out.
pub(super) fn thermal_zones(root: &Root) -> Vec<ThermalZone> {
    root.numbered("sys/class/thermal", "thermal_zone")
        .into_iter()
        .map(|(number, zone)| {
            let degrees = root.number::<f64>(&format!("{zone}/temp")).ok().map(|milli| milli / 1000.0);
            ThermalZone {
                name: root.text(&format!("{zone}/type")).unwrap_or_else(|_| format!("thermal_zone{number}")),
                celsius: degrees.filter(|d| *d != 0.0 && (-30.0..=150.0).contains(d)).map(Celsius::from_degrees),
            }
        })
        .collect()
}

/// Batteries and chargers of the machine; those of mice and headsets (scope `Device`) are left out.
pub(super) fn supplies(root: &Root) -> Vec<PowerSupply> {
    const FOLDER: &str = "sys/class/power_supply";
    root.list(FOLDER)
        .into_iter()
        .filter_map(|name| {
            let file = |file: &str| format!("{FOLDER}/{name}/{file}");
            if root.text(&file("scope")).is_ok_and(|scope| scope == "Device") {
                return None;
            }
            Some(PowerSupply {
                kind: root.text(&file("type")).ok()?,
                status: root.text(&file("status")).ok(),
                capacity_percent: root.number(&file("capacity")).ok(),
                online: root.number::<u8>(&file("online")).ok().map(|online| online != 0),
                name,
            })
        })
        .collect()
}
