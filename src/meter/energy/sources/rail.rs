//! Rails of power monitors, and which of them together feed the whole board.

use crate::sysfs::{Missing, Root};

/// Where the kernel lists monitors.
pub(super) const HWMON: &str = "sys/class/hwmon";

/// One rail.
#[derive(Debug, Clone)]
pub(super) struct Rail {
    /// Its label, else the monitor and the channel.
    pub(super) name: String,
    labelled: bool,
    reading: Reading,
}

#[derive(Debug, Clone)]
enum Reading {
    /// A file in microwatts.
    Power(String),
    /// Files in millivolts and milliamperes.
    VoltageAndCurrent(String, String),
}

/// Labels of rails that together carry everything a board draws, by Jetson's names; the most of the board goes first.
/// Other rails of such a board are fed from these and would be counted twice.
const WHOLE: &[&[&str]] = &[
    &["VDD_IN"],
    &["POM_5V_IN"],
    &["VDD_5V_IN"],
    &["VIN"],
    // AGX Orin.
    &["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"],
    // AGX Thor.
    &["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"],
    // AGX Xavier.
    &["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"],
];

/// Labels by which one rail of a group is known.
const OF_A_GROUP: &[&str] = &["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0", "VDD_CPU_SOC_MSS", "SYS5V"];

/// The rails that together feed the board.
///
/// # Errors
/// [`Missing`] where some of them are known and others are missing: their sum would be a part of the board.
pub(super) fn whole(root: &Root, rails: Vec<Rail>) -> Result<Vec<Rail>, Missing> {
    let find = |label: &&str| rails.iter().find(|rail| rail.name == **label);
    for group in WHOLE {
        let found: Vec<Rail> = group.iter().filter_map(find).cloned().collect();
        if found.len() == group.len() {
            return Ok(found);
        }
    }
    if let Some(known) = rails.iter().find(|rail| OF_A_GROUP.contains(&rail.name.as_str())) {
        let group = WHOLE.iter().filter(|group| group.contains(&known.name.as_str()));
        let group = group.max_by_key(|group| group.iter().filter(|label| find(label).is_some()).count());
        let missing: Vec<&str> =
            group.into_iter().flat_map(|group| group.iter()).filter(|label| find(label).is_none()).copied().collect();
        let verb = if missing.len() == 1 { "is" } else { "are" };
        return Err(Missing::Refused(format!(
            "{} carries a part of the board, and {} {verb} missing",
            known.name,
            missing.join(", ")
        )));
    }
    // A channel without a label that gives nothing is one to which nothing is connected.
    Ok(rails.into_iter().filter(|rail| rail.labelled || rail.watts(root).is_ok()).collect())
}

impl Rail {
    /// Its power now.
    ///
    /// # Errors
    /// [`Missing`] where the monitor gives none.
    pub(super) fn watts(&self, root: &Root) -> Result<f64, Missing> {
        match &self.reading {
            Reading::Power(file) => Ok(root.number::<f64>(file)? * 1e-6),
            Reading::VoltageAndCurrent(volts, amperes) => {
                Ok(root.number::<f64>(volts)? * 1e-3 * root.number::<f64>(amperes)? * 1e-3)
            }
        }
    }
}

/// The rails of one monitor; channels labelled as not connected, or switched off, are none.
pub(super) fn rails_of(root: &Root, chip: &str, name: &str) -> Vec<Rail> {
    let label = |kind: &str, n: u32| root.text(&format!("{chip}/{kind}{n}_label")).ok();
    let off = |kind: &str, n: u32| root.number::<u8>(&format!("{chip}/{kind}{n}_enable")) == Ok(0);
    let connected = |label: Option<&String>| label.is_none_or(|label| !label.eq_ignore_ascii_case("nc"));
    let power = (1..=16).filter_map(|n| {
        // ACPI's meters give an average alone; others give it beside the momentary power.
        let file = ["input", "average"].map(|kind| format!("{chip}/power{n}_{kind}"));
        let file = file.into_iter().find(|file| root.exists(file))?;
        // A meter of a battery is no meter of the board.
        let battery = root.number::<u8>(&format!("{chip}/power{n}_is_battery")) == Ok(1);
        let label = label("power", n);
        (connected(label.as_ref()) && !battery && !off("power", n)).then(|| Rail {
            labelled: label.is_some(),
            name: label.unwrap_or_else(|| format!("{name} power{n}")),
            reading: Reading::Power(file),
        })
    });
    let power: Vec<Rail> = power.collect();
    if !power.is_empty() || name != "ina3221" {
        return power;
    }
    // in1…in3 are bus voltages; in4…in6 are shunt voltages and curr4 a sum: pairing those would count twice.
    let channel = |n: u32| {
        let files = [format!("{chip}/in{n}_input"), format!("{chip}/curr{n}_input")];
        let label = label("in", n);
        let there = files.iter().all(|file| root.exists(file)) && connected(label.as_ref()) && !off("in", n);
        let [volts, amperes] = files;
        there.then(|| Rail {
            labelled: label.is_some(),
            name: label.unwrap_or_else(|| format!("{name} rail {n}")),
            reading: Reading::VoltageAndCurrent(volts, amperes),
        })
    };
    (1..=3).filter_map(channel).collect()
}
