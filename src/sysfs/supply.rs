//! Which batteries feed the machine, by `/sys/class/power_supply`.

use super::Root;

/// Where the kernel lists batteries and chargers.
pub const SUPPLIES: &str = "sys/class/power_supply";

/// Whether a supply is of a device beside the machine: a mouse, a headset.
#[must_use]
pub fn of_a_device(root: &Root, name: &str) -> bool {
    root.text(&format!("{SUPPLIES}/{name}/scope")).is_ok_and(|scope| scope == "Device")
}

/// Whether a battery is listed whose place is empty: power chips register one with every board that has the chip.
#[must_use]
pub fn empty_place(root: &Root, name: &str) -> bool {
    root.number::<u8>(&format!("{SUPPLIES}/{name}/present")) == Ok(0)
}

/// The names of the batteries that power the machine.
#[must_use]
pub fn batteries(root: &Root) -> Vec<String> {
    let kind = |name: &str| root.text(&format!("{SUPPLIES}/{name}/type")).unwrap_or_default();
    let names = root.list(SUPPLIES).into_iter();
    names.filter(|name| kind(name) == "Battery" && !of_a_device(root, name) && !empty_place(root, name)).collect()
}

/// Charge in percent, where the gauge shows one that can be.
#[must_use]
pub fn charge_percent(root: &Root, name: &str) -> Option<f64> {
    let shown: f64 = root.number(&format!("{SUPPLIES}/{name}/capacity")).ok()?;
    (0.0..=100.0).contains(&shown).then_some(shown)
}
