//! Power of supply rails, through hwmon: `power*_input`, or voltage times current (Jetson's INA3221).

use std::sync::Arc;
use std::time::Duration;

use crate::meter::energy::source::{EnergySource, Kind, Sample, Tier, powers, trapezoid};
use crate::sysfs::{Missing, Root};
use crate::unit::Joules;

const HWMON: &str = "sys/class/hwmon";

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

#[derive(Debug, Clone)]
struct Rail {
    name: String,
    reading: Reading,
}

#[derive(Debug, Clone)]
enum Reading {
    /// A file in microwatts.
    Power(String),
    /// Files in millivolts and milliamperes.
    VoltageAndCurrent(String, String),
}

/// Rails that carry everything the board draws, by Jetson's labels.
const INPUT_RAILS: &[&str] = &["VDD_IN", "POM_5V_IN", "VIN_SYS_5V0", "VDD_5V_IN"];

impl Rails {
    /// Finds the rails: the board's input where one is labelled so, else all rails of its monitors together.
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
        if let Some(input) = rails.iter().find(|rail| INPUT_RAILS.contains(&rail.name.as_str())) {
            rails = vec![input.clone()];
        }
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
    /// [`Missing`] where a rail cannot be read.
    fn watts(&self) -> Result<f64, Missing> {
        self.rails.iter().map(|rail| rail.watts(&self.root)).sum()
    }
}

impl EnergySource for Rails {
    fn scope(&self) -> String {
        let names: Vec<&str> = self.rails.iter().map(|rail| rail.name.as_str()).collect();
        format!("supply rails {}", names.join(" + "))
    }

    fn sample(&self) -> Result<Sample, Missing> {
        self.watts().map(Sample::Power)
    }

    fn energy(&self, samples: &[(Duration, Sample)]) -> Result<Joules, Missing> {
        Ok(trapezoid(powers(samples)))
    }
}

impl Rail {
    fn watts(&self, root: &Root) -> Result<f64, Missing> {
        match &self.reading {
            Reading::Power(file) => Ok(root.number::<f64>(file)? * 1e-6),
            Reading::VoltageAndCurrent(volts, amperes) => {
                Ok(root.number::<f64>(volts)? * 1e-3 * root.number::<f64>(amperes)? * 1e-3)
            }
        }
    }
}

fn rails_of(root: &Root, chip: &str, name: &str) -> Vec<Rail> {
    let label = |kind: &str, n: u32| root.text(&format!("{chip}/{kind}{n}_label")).ok();
    let power: Vec<Rail> = (1..=16)
        .filter(|n| root.exists(&format!("{chip}/power{n}_input")))
        .map(|n| Rail {
            name: label("power", n).unwrap_or_else(|| format!("{name} power{n}")),
            reading: Reading::Power(format!("{chip}/power{n}_input")),
        })
        .collect();
    if !power.is_empty() || name != "ina3221" {
        return power;
    }
    // in1…in3 are bus voltages; in4…in6 are shunt voltages and curr4 a sum: pairing those would count twice.
    (1..=3)
        .filter(|n| root.exists(&format!("{chip}/in{n}_input")) && root.exists(&format!("{chip}/curr{n}_input")))
        .map(|n| Rail {
            name: label("in", n).unwrap_or_else(|| format!("{name} rail {n}")),
            reading: Reading::VoltageAndCurrent(format!("{chip}/in{n}_input"), format!("{chip}/curr{n}_input")),
        })
        .collect()
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
}
