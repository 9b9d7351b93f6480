//! Power of supply rails, through hwmon: `power*_input`, or voltage times current (Jetson's INA3221).

use std::sync::Arc;
use std::time::Duration;

use super::rail::{HWMON, Rail, rails_of, whole};
use crate::meter::energy::source::{EnergySource, Kind, Sample, Tier, plausible, powers, trapezoid};
use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

/// What is known of it before it is opened.
pub(super) const KIND: Kind = Kind {
    name: "hwmon",
    tier: Tier::C,
    period: Duration::from_millis(100),
    method: "rail power sampled, integrated by the trapezoid rule",
    open: |root| Ok(Arc::new(Rails::open(root)?)),
};

/// The rails that together feed the machine.
#[derive(Debug, Clone)]
struct Rails {
    root: Root,
    rails: Vec<Rail>,
}

impl Rails {
    /// Finds the rails: those that together carry everything where their labels say so, else all of the monitors together.
    ///
    /// Only monitors that stand in the supply are used (INA chips, ACPI power meters). A graphics card or a disk that
    /// reports its own power is a part of the machine and would be mistaken for the whole.
    ///
    /// # Errors
    /// [`Missing`] naming the monitors that were passed over.
    fn open(root: &Root) -> Result<Self, Missing> {
        let mut rails = Vec::new();
        let mut parts = Vec::new();
        for (_, chip) in root.numbered(HWMON, "hwmon") {
            let name = root.text(&format!("{chip}/name")).unwrap_or_default();
            let found = rails_of(root, &chip, &name);
            if name.starts_with("ina") || name == "power_meter" {
                rails.extend(found);
            } else if !found.is_empty() {
                parts.push(name);
            }
        }
        let rails = whole(root, rails)?;
        if rails.is_empty() {
            let why = if parts.is_empty() {
                format!("no power monitor in /{HWMON}")
            } else {
                format!("/{HWMON} shows the power of parts only ({}), not of the machine", parts.join(", "))
            };
            return Err(Missing::Refused(why));
        }
        let opened = Self { root: root.clone(), rails };
        opened.watts()?;
        Ok(opened)
    }

    /// Power now, in watts.
    ///
    /// # Errors
    /// [`Missing`] where a rail cannot be read, or where their sum is none that a board draws.
    fn watts(&self) -> Result<f64, Missing> {
        let sum = self.rails.iter().map(|rail| rail.watts(&self.root)).sum::<Result<f64, Missing>>()?;
        plausible(sum, &self.scope())
    }
}

impl EnergySource for Rails {
    fn scope(&self) -> String {
        let names: Vec<&str> = self.rails.iter().map(|rail| rail.name.as_str()).collect();
        format!("supply rails {}", names.join(" + "))
    }

    fn sample(&self) -> Result<Sample, Missing> {
        self.watts().map(|watts| Sample::Powers(vec![watts]))
    }

    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        Ok(trapezoid(powers(samples).map(|(at, watts)| (at, watts.iter().sum()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn chip(tree: &Path, index: u32, files: &[(&str, &str)]) {
        let folder = tree.join(HWMON).join(format!("hwmon{index}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
    }

    #[test]
    fn a_jetson_is_measured_at_its_input_rail() {
        let tree = tempfile::tempdir().unwrap();
        chip(
            tree.path(),
            3,
            &[
                ("name", "ina3221\n"),
                ("in1_label", "VDD_IN\n"),
                ("in1_input", "19000\n"),
                ("curr1_input", "500\n"),
                ("in2_label", "VDD_CPU_GPU_CV\n"),
                ("in2_input", "19000\n"),
                ("curr2_input", "100\n"),
            ],
        );
        let rails = Rails::open(&Root::at(tree.path())).unwrap();
        assert_eq!(rails.scope(), "supply rails VDD_IN");
        approx::assert_relative_eq!(rails.watts().unwrap(), 9.5);
    }

    #[test]
    fn shunt_voltages_and_the_sum_channel_are_not_rails() {
        let tree = tempfile::tempdir().unwrap();
        chip(
            tree.path(),
            0,
            &[
                ("name", "ina3221\n"),
                ("in1_input", "5000\n"),
                ("curr1_input", "1000\n"),
                ("in2_input", "3300\n"),
                ("curr2_input", "1000\n"),
                ("in4_input", "10\n"),
                ("curr4_input", "2000\n"),
            ],
        );
        approx::assert_relative_eq!(Rails::open(&Root::at(tree.path())).unwrap().watts().unwrap(), 8.3);
    }

    #[test]
    fn a_graphics_card_is_not_the_machine() {
        let tree = tempfile::tempdir().unwrap();
        chip(tree.path(), 0, &[("name", "amdgpu\n"), ("power1_input", "30000000\n")]);
        let why = Rails::open(&Root::at(tree.path())).unwrap_err();
        assert_eq!(why.to_string(), "/sys/class/hwmon shows the power of parts only (amdgpu), not of the machine");
    }

    #[test]
    fn microwatts_of_an_ina226() {
        let tree = tempfile::tempdir().unwrap();
        chip(tree.path(), 0, &[("name", "ina226\n"), ("power1_input", "4250000\n"), ("in1_input", "5000\n")]);
        approx::assert_relative_eq!(Rails::open(&Root::at(tree.path())).unwrap().watts().unwrap(), 4.25);
    }

    #[test]
    fn three_rails_feed_an_agx_orin_and_what_is_not_connected_is_passed_over() {
        let tree = tempfile::tempdir().unwrap();
        chip(
            tree.path(),
            2,
            &[
                ("name", "ina3221\n"),
                ("in1_label", "NC\n"),
                ("in2_label", "VDDQ_VDD2_1V8AO\n"),
                ("in2_input", "5056\n"),
                ("curr2_input", "280\n"),
            ],
        );
        // A channel that answers ENODATA: here a folder, which cannot be read either.
        for file in ["in1_input", "curr1_input"] {
            std::fs::create_dir(tree.path().join(HWMON).join("hwmon2").join(file)).unwrap();
        }
        chip(
            tree.path(),
            3,
            &[
                ("name", "ina3221\n"),
                ("in1_label", "VDD_GPU_SOC\n"),
                ("in1_input", "19000\n"),
                ("curr1_input", "320\n"),
                ("in2_label", "VDD_CPU_CV\n"),
                ("in2_input", "19000\n"),
                ("curr2_input", "600\n"),
                ("in3_label", "VIN_SYS_5V0\n"),
                ("in3_input", "5000\n"),
                ("curr3_input", "760\n"),
            ],
        );
        let rails = Rails::open(&Root::at(tree.path())).unwrap();
        assert_eq!(rails.scope(), "supply rails VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0");
        // 19 V × 0.32 A + 19 V × 0.6 A + 5 V × 0.76 A
        approx::assert_relative_eq!(rails.watts().unwrap(), 21.28, max_relative = 1e-12);
        std::fs::remove_file(tree.path().join(HWMON).join("hwmon3/in1_input")).unwrap();
        let why = Rails::open(&Root::at(tree.path())).unwrap_err().to_string();
        assert!(why.contains("VDD_GPU_SOC is missing"), "{why}");
    }

    #[test]
    fn an_acpi_meter_shows_an_average_and_all_ones_is_no_power() {
        let tree = tempfile::tempdir().unwrap();
        let read = |power: &str, file: &str, name: &str| {
            chip(tree.path(), 0, &[("name", name), (file, power)]);
            Rails::open(&Root::at(tree.path())).and_then(|rails| rails.watts())
        };
        approx::assert_relative_eq!(read("312000000", "power1_average", "power_meter").unwrap(), 312.0);
        for broken in ["4294967295000", "0", "-5000000"] {
            assert!(read(broken, "power1_average", "power_meter").is_err(), "{broken}");
        }
        std::fs::remove_file(tree.path().join(HWMON).join("hwmon0/power1_average")).unwrap();
        assert!(read("4294967295000", "power1_input", "ina226").is_err());
    }
}
