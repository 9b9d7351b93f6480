//! Thermal zones, batteries and chargers as they stand.

use crate::device::profile::{PowerSupply, ThermalZone};
use crate::sysfs::supply::{SUPPLIES, charge_percent, empty_place, of_a_device};
use crate::sysfs::{Root, temperature};
use crate::unit::Celsius;

/// The thermal zones, with what they show by the rule of the meters.
pub(super) fn thermal_zones(root: &Root) -> Vec<ThermalZone> {
    root.numbered("sys/class/thermal", "thermal_zone")
        .into_iter()
        .map(|(number, zone)| {
            let name = root.text(&format!("{zone}/type")).unwrap_or_else(|_| format!("thermal_zone{number}"));
            let degrees = temperature::celsius(root, &format!("{zone}/temp"), &name);
            ThermalZone { celsius: degrees.ok().map(Celsius::from_degrees), name }
        })
        .collect()
}

/// Batteries and chargers of the machine; those of mice and headsets and the places without a battery are left out.
pub(super) fn supplies(root: &Root) -> Vec<PowerSupply> {
    root.list(SUPPLIES)
        .into_iter()
        .filter(|name| !of_a_device(root, name))
        .filter_map(|name| {
            let file = |file: &str| format!("{SUPPLIES}/{name}/{file}");
            let kind = root.text(&file("type")).ok().filter(|kind| kind != "Battery" || !empty_place(root, &name))?;
            Some(PowerSupply {
                kind,
                status: root.text(&file("status")).ok(),
                capacity_percent: charge_percent(root, &name),
                online: root.number::<u8>(&file("online")).ok().map(|online| online != 0),
                name,
            })
        })
        .collect()
}
