//! Finds out what this machine is. Nothing here takes time or measures; see [`super::compute`] for that.

mod cpu;
mod host;
mod identity;
mod power;

use super::class::{ClassEvidence, classify};
use super::hardware_thread;
use super::profile::{DeviceProfile, SCHEMA};
use crate::sysfs::{Reasons, Root};

/// Describes the machine below `root`. Never fails: what cannot be found is `None` with a reason.
///
/// `energy_sources` stays empty: opening them belongs to the meters.
#[must_use]
pub fn profile(root: &Root) -> DeviceProfile {
    let mut reasons = Reasons::new();
    let identity = identity::read(root);
    let threads = hardware_thread::threads(root);
    let cpu = cpu::read(root, &threads, &identity, &mut reasons);
    let (memory, os, kernel) = host::read(root, &identity, &mut reasons);
    let virtualisation = host::virtualisation(root, &identity);
    let power_supplies = power::supplies(root);
    let battery = power_supplies.iter().any(|supply| supply.kind == "Battery");
    let (class, class_rule) = classify(&ClassEvidence {
        android_kernel: kernel.as_deref().filter(|_| identity.android_characteristics.is_none()),
        chassis: identity.device_tree_chassis.as_deref(),
        soc: cpu.soc.as_deref(),
        android: identity.android_characteristics.as_deref(),
        device_tree_model: identity.device_tree_model.as_deref(),
        virtual_because: virtualisation.found.then_some(virtualisation.evidence.as_str()),
        chassis_type: identity.chassis_type,
        battery,
        sockets: cpu.sockets,
        cpu: cpu.name.as_deref(),
    });
    let model = identity.model();
    if model.is_none() {
        reasons
            .insert("model".to_owned(), "no Android property, device tree or DMI product names the machine".to_owned());
    }
    DeviceProfile {
        schema: SCHEMA,
        class,
        class_rule,
        model,
        cpu,
        memory,
        os,
        kernel,
        virtualisation,
        container: host::container(root),
        thermal_zones: power::thermal_zones(root),
        power_supplies,
        energy_sources: Vec::new(),
        reasons,
    }
}
