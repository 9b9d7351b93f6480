//! Temperatures of thermal zones and hwmon: one rule for whoever reads them.

use super::{Missing, Root};

/// Words of names that are no temperature although the kernel lists them as thermal zones: voltages, currents, limits and
/// the charge of a battery, which drivers register there to have something done when they pass a level.
const OTHER_QUANTITIES: &[&str] = &[
    "vbat", "ibat", "vph", "vbus", "ibus", "vusb", "iusb", "vsys", "isys", "vdd", "bcl", "bcl-soc", "lvl0", "lvl1",
    "lvl2", "ocp", "vdroop", "vdroop1", "vdroop2", "smpl", "batoilo", "batoilo2", "socd", "current", "voltage", "volt",
    "curr", "level", "capacity", "percent", "power", "watt", "fan", "rpm",
];

/// Why a sensor of this name shows no temperature; `None` where it does.
///
/// `soc` alone is the state of charge of a battery on Qualcomm's phones; `soc-thermal` and `soc_max` are the chip.
#[must_use]
pub fn other_quantity(sensor: &str) -> Option<String> {
    let name = sensor.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let thermal = words.iter().any(|word| ["therm", "thermal", "temp", "tz", "ts"].contains(word));
    let listed = |word: &&str| OTHER_QUANTITIES.contains(word) || word.starts_with("vbat") || word.starts_with("ibat");
    let other =
        words == ["soc"] || (!thermal && words.iter().any(listed)) || (words.contains(&"soc") && name.contains("bcl"));
    other.then(|| format!("'{sensor}' is the name of a charge, a voltage, a current or a limit, not of a temperature"))
}

/// The temperature in a file in °C, by the range of its number.
///
/// The kernel documents millidegrees. Vendor trees also give whole degrees (10…150) and tenths (151…1500), which as
/// millidegrees would be a running machine within 1.5 °C of freezing. Disabled sensors give 0, −40, −273 or more than
/// 150 °C.
///
/// # Errors
/// [`Missing`] where the file gives nothing, or nothing that a machine can have.
pub fn celsius(root: &Root, file: &str, sensor: &str) -> Result<f64, Missing> {
    if let Some(why) = other_quantity(sensor) {
        return Err(Missing::Refused(why));
    }
    let raw: i64 = root.number(file)?;
    let degrees = match raw {
        10..=150 => raw as f64,
        151..=1500 => raw as f64 / 10.0,
        _ => raw as f64 / 1000.0,
    };
    // Below a hundredth of a degree it is a flag or a count.
    if raw.abs() >= 10 && (-30.0..=150.0).contains(&degrees) {
        Ok(degrees)
    } else {
        Err(Missing::Malformed(format!("/{file}"), raw.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sensor: &str, raw: &str) -> Result<f64, Missing> {
        let tree = tempfile::tempdir().unwrap();
        std::fs::write(tree.path().join("temp"), raw).unwrap();
        celsius(&Root::at(tree.path()), "temp", sensor)
    }

    #[test]
    fn one_number_in_each_of_the_units() {
        for raw in ["65000", "65", "650"] {
            assert_eq!(read("sunxi-therm-1", raw), Ok(65.0), "{raw}");
        }
        for raw in ["0", "1", "-40000", "-273000", "200000", "4294967295"] {
            assert!(read("cpu", raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_charge_and_a_voltage_are_no_temperatures() {
        for name in ["soc", "vbat", "pm8998-ibat-lvl0", "bcl-soc", "vbat_low", "ocp_cpu1", "pmi632-bcl-lvl1", "socd"] {
            assert!(matches!(read(name, "43000"), Err(Missing::Refused(_))), "{name}");
        }
        for name in [
            "soc-thermal",
            "soc_thermal",
            "soc_max",
            "cpu-0-0-usr",
            "battery",
            "vdd_cpu-therm",
            "acpitz",
            "x86_pkg_temp",
        ] {
            assert_eq!(read(name, "43000"), Ok(43.0), "{name}");
        }
    }
}
