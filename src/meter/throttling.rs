//! Whether the processor was held back, from two thermal readings.

use serde::{Deserialize, Serialize};

use super::thermal::ThermalReading;

/// Whether the processor was held back between two readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttling {
    /// `None` where the machine has nothing that would tell.
    pub throttled: Option<bool>,
    /// What says so, or why nothing can.
    pub evidence: String,
}

impl ThermalReading {
    /// Whether the processor was held back between this reading and a later one of the same meter.
    #[must_use]
    pub fn until(&self, later: &Self) -> Throttling {
        let mut signs = Vec::new();
        let mut witnesses = Vec::new();
        if let (Some(before), Some(after)) = (self.throttle_count, later.throttle_count) {
            witnesses.push("throttle counters");
            if after > before {
                signs.push(format!("the throttle counters rose by {}", after - before));
            }
        }
        if let Some(active) = later.cooling_active {
            witnesses.push("cooling devices");
            if active > 0 {
                signs.push(format!("{active} cooling devices of the processor are active"));
            }
        }
        if let (Some(before), Some(after)) = (self.frequency_cap, later.frequency_cap) {
            witnesses.push("frequency cap");
            if after < before {
                signs.push(format!("the allowed frequency fell from {before:.2} to {after:.2} of the greatest"));
            }
        }
        if let Some(bits) = later.firmware_bits {
            witnesses.push("firmware bits");
            let fresh = (bits & 0xf) | ((bits & !self.firmware_bits.unwrap_or(0)) >> 16 & 0xf);
            let names = ["undervoltage", "frequency capped", "throttled", "soft temperature limit"];
            let named: Vec<&str> =
                names.into_iter().enumerate().filter(|(bit, _)| fresh >> bit & 1 == 1).map(|(_, name)| name).collect();
            if !named.is_empty() {
                signs.push(format!("the firmware reports {}", named.join(", ")));
            }
        }
        match (signs.is_empty(), witnesses.is_empty()) {
            (false, _) => Throttling { throttled: Some(true), evidence: signs.join("; ") },
            (true, false) => {
                Throttling { throttled: Some(false), evidence: format!("nothing in {}", witnesses.join(", ")) }
            }
            (true, true) => Throttling {
                throttled: None,
                evidence: "no throttle counter, cooling device, frequency cap or firmware bit can be read".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::thermal::ThermalMeter;
    use crate::sysfs::Root;
    use std::path::Path;

    fn write(tree: &Path, file: &str, text: &str) {
        let path = tree.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn machine() -> (tempfile::TempDir, ThermalMeter) {
        let tree = tempfile::tempdir().unwrap();
        let meter = ThermalMeter::new(Root::at(tree.path()));
        (tree, meter)
    }

    #[test]
    fn firmware_bits_that_rise_are_throttling_and_old_ones_are_not() {
        const FILE: &str = "sys/devices/platform/soc/soc:firmware/get_throttled";
        let (tree, meter) = machine();
        write(tree.path(), FILE, "50000\n");
        let before = meter.read();
        assert_eq!(before.firmware_bits, Some(0x50000));
        assert_eq!(before.until(&meter.read()).throttled, Some(false));
        write(tree.path(), FILE, "d0008\n");
        let found = before.until(&meter.read());
        assert_eq!(found.throttled, Some(true));
        assert_eq!(found.evidence, "the firmware reports soft temperature limit");
    }

    #[test]
    fn counters_that_rise_are_throttling() {
        const FILE: &str = "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count";
        let (tree, meter) = machine();
        write(tree.path(), FILE, "3\n");
        let before = meter.read();
        write(tree.path(), FILE, "8\n");
        let found = before.until(&meter.read());
        assert_eq!((found.throttled, found.evidence.as_str()), (Some(true), "the throttle counters rose by 5"));
    }

    #[test]
    fn a_lowered_frequency_cap_and_an_active_cooling_device_are_throttling() {
        const POLICY: &str = "sys/devices/system/cpu/cpufreq/policy0";
        let (tree, meter) = machine();
        write(tree.path(), &format!("{POLICY}/cpuinfo_max_freq"), "2400000");
        write(tree.path(), &format!("{POLICY}/scaling_max_freq"), "2400000");
        write(tree.path(), "sys/class/thermal/cooling_device0/type", "cpufreq-cpu0");
        write(tree.path(), "sys/class/thermal/cooling_device0/cur_state", "0");
        let before = meter.read();
        assert_eq!(before.until(&meter.read()).throttled, Some(false));
        write(tree.path(), &format!("{POLICY}/scaling_max_freq"), "1500000");
        write(tree.path(), "sys/class/thermal/cooling_device0/cur_state", "3");
        assert_eq!(
            before.until(&meter.read()).evidence,
            "1 cooling devices of the processor are active; the allowed frequency fell from 1.00 to 0.62 of the greatest"
        );
    }
}
