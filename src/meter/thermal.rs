//! Temperature, clock frequency and signs of throttling.

use serde::{Deserialize, Serialize};

use crate::sysfs::cpuinfo::CpuInfo;
use crate::sysfs::{Missing, Reasons, Root, or_note, temperature};
use crate::unit::{Celsius, Hertz};

/// One temperature sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Temperature {
    /// The sensor as the kernel names it (`x86_pkg_temp`, `cpu-thermal`, `k10temp Tctl`).
    pub sensor: String,
    /// What it shows.
    pub celsius: Celsius,
}

/// Heat and clocks at one moment. `None` has its reason in `reasons` under the field's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThermalReading {
    /// The hottest sensor that belongs to the processor; where none says so, the hottest of all.
    pub hottest: Option<Temperature>,
    /// Present frequency of every cpufreq policy, in the order of the policies; empty where there is none.
    pub frequencies: Vec<Hertz>,
    /// Least ratio over the policies of the frequency now allowed (`scaling_max_freq`) to the hardware's greatest.
    pub frequency_cap: Option<f64>,
    /// Sum of Intel's throttle counters since boot.
    pub throttle_count: Option<u64>,
    /// Cooling devices of the processor (`cpufreq`, `cpuidle`, `processor`) that hold it back now.
    pub cooling_active: Option<u64>,
    /// The Raspberry Pi firmware's bits: 0 undervoltage, 1 frequency capped, 2 throttled, 3 soft temperature limit;
    /// the same from bit 16 on for "since boot".
    pub firmware_bits: Option<u32>,
    /// Why a value is absent.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
}

/// Reads heat and clocks.
#[derive(Debug, Clone)]
pub struct ThermalMeter {
    root: Root,
}

const ZONES: &str = "sys/class/thermal";
const CPUS: &str = "sys/devices/system/cpu";

impl ThermalMeter {
    /// A meter of the machine below `root`.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self { root }
    }

    /// Every sensor that shows a plausible temperature.
    #[must_use]
    pub fn temperatures(&self) -> Vec<Temperature> {
        let mut found = Vec::new();
        for (_, zone) in self.root.numbered(ZONES, "thermal_zone") {
            let sensor = self.root.text(&format!("{zone}/type")).unwrap_or_else(|_| zone.clone());
            if let Ok(degrees) = temperature::celsius(&self.root, &format!("{zone}/temp"), &sensor) {
                found.push(Temperature { sensor, celsius: Celsius::from_degrees(degrees) });
            }
        }
        for (_, chip) in self.root.numbered("sys/class/hwmon", "hwmon") {
            let name = self.root.text(&format!("{chip}/name")).unwrap_or_else(|_| chip.clone());
            found.extend(self.of_chip(&chip, &name));
        }
        found
    }

    /// The sensors of one chip of hwmon. AMD's `Tctl` is what the fan is steered by, some degrees above the die on many
    /// processors: it counts only where the chip does not show the die itself, and without the known offset.
    fn of_chip(&self, chip: &str, name: &str) -> Vec<Temperature> {
        let inputs: Vec<(String, String)> = self
            .root
            .list(chip)
            .iter()
            .filter_map(|file| file.strip_suffix("_input").filter(|input| input.starts_with("temp")))
            .map(|input| {
                let label = self.root.text(&format!("{chip}/{input}_label")).unwrap_or_else(|_| input.to_owned());
                (input.to_owned(), label)
            })
            .collect();
        let die = inputs.iter().any(|(_, label)| label == "Tdie");
        let offset = |label: &str| if label == "Tctl" { tctl_offset(&self.root) } else { 0.0 };
        let shown = inputs.into_iter().filter(|(_, label)| label != "Tctl" || !die).filter_map(|(input, label)| {
            let degrees = temperature::celsius(&self.root, &format!("{chip}/{input}_input"), &label).ok()?;
            let celsius = Celsius::from_degrees(degrees - offset(&label));
            Some(Temperature { sensor: format!("{name} {label}"), celsius })
        });
        shown.collect()
    }

    /// The hottest sensor of the processor.
    ///
    /// # Errors
    /// [`Missing`] when no sensor shows a temperature.
    pub fn hottest(&self) -> Result<Temperature, Missing> {
        let all = self.temperatures();
        let of_processor = |t: &&Temperature| {
            let name = t.sensor.to_lowercase();
            ["cpu", "x86_pkg", "soc", "coretemp", "k10temp", "zenpower", "package", "big", "tsens"]
                .iter()
                .any(|part| name.contains(part))
        };
        let hotter = |a: &&Temperature, b: &&Temperature| a.celsius.degrees().total_cmp(&b.celsius.degrees());
        all.iter()
            .filter(of_processor)
            .max_by(hotter)
            .or_else(|| all.iter().max_by(hotter))
            .cloned()
            .ok_or_else(|| Missing::Refused("no thermal zone and no hwmon sensor shows a temperature".to_owned()))
    }

    /// Everything at once; some hundred microseconds, so between timed sections only.
    #[must_use]
    pub fn read(&self) -> ThermalReading {
        let mut reasons = Reasons::new();
        let hottest = or_note(self.hottest(), "hottest", &mut reasons);
        let policies = self.root.numbered(&format!("{CPUS}/cpufreq"), "policy");
        let khz = |policy: &str, file: &str| self.root.number::<f64>(&format!("{policy}/{file}"));
        let frequencies: Vec<Hertz> = policies
            .iter()
            .filter_map(|(_, policy)| khz(policy, "scaling_cur_freq").ok())
            .map(|khz| Hertz::from_hertz(khz * 1e3))
            .collect();
        if frequencies.is_empty() {
            reasons.insert("frequencies".to_owned(), format!("no policy in /{CPUS}/cpufreq shows a frequency"));
        }
        let caps: Result<Vec<f64>, Missing> = policies
            .iter()
            .map(|(_, policy)| Ok(khz(policy, "scaling_max_freq")? / khz(policy, "cpuinfo_max_freq")?))
            .collect();
        let least = caps.and_then(|caps| {
            let none = || Missing::Absent(format!("/{CPUS}/cpufreq/policy*"));
            caps.into_iter().filter(|cap| cap.is_finite()).min_by(f64::total_cmp).ok_or_else(none)
        });
        ThermalReading {
            hottest,
            frequencies,
            frequency_cap: or_note(least, "frequency_cap", &mut reasons),
            throttle_count: or_note(self.throttle_count(), "throttle_count", &mut reasons),
            cooling_active: or_note(self.cooling_active(), "cooling_active", &mut reasons),
            firmware_bits: or_note(self.firmware_bits(), "firmware_bits", &mut reasons),
            reasons,
        }
    }

    fn throttle_count(&self) -> Result<u64, Missing> {
        let counts: Vec<u64> = self
            .root
            .numbered(CPUS, "cpu")
            .iter()
            .flat_map(|(_, cpu)| {
                ["core_throttle_count", "package_throttle_count"].map(|file| format!("{cpu}/thermal_throttle/{file}"))
            })
            .filter_map(|file| self.root.number(&file).ok())
            .collect();
        if counts.is_empty() {
            return Err(Missing::Absent(format!("/{CPUS}/cpu*/thermal_throttle")));
        }
        Ok(counts.iter().sum())
    }

    fn cooling_active(&self) -> Result<u64, Missing> {
        let states: Vec<u64> = self
            .root
            .numbered(ZONES, "cooling_device")
            .iter()
            .filter(|(_, device)| {
                let kind = self.root.text(&format!("{device}/type")).unwrap_or_default().to_lowercase();
                ["cpufreq", "cpu-", "processor", "cpuidle"].iter().any(|part| kind.contains(part))
            })
            .filter_map(|(_, device)| self.root.number(&format!("{device}/cur_state")).ok())
            .collect();
        if states.is_empty() {
            return Err(Missing::Absent(format!("a cooling device of the processor in /{ZONES}")));
        }
        Ok(states.iter().filter(|state| **state > 0).count() as u64)
    }

    fn firmware_bits(&self) -> Result<u32, Missing> {
        const PLATFORM: &str = "sys/devices/platform";
        let inside = self.root.list(PLATFORM).into_iter().filter(|name| name.starts_with("soc")).flat_map(|soc| {
            self.root.list(&format!("{PLATFORM}/{soc}")).into_iter().map(move |name| format!("{soc}/{name}"))
        });
        let places: Vec<String> = self.root.list(PLATFORM).into_iter().chain(inside).collect();
        let file = places
            .iter()
            .filter(|place| place.ends_with("firmware"))
            .map(|place| format!("{PLATFORM}/{place}/get_throttled"))
            .find(|file| self.root.exists(file))
            .ok_or_else(|| Missing::Absent("get_throttled of the Raspberry Pi firmware".to_owned()))?;
        let text = self.root.text(&file)?;
        u32::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|_| Missing::Malformed(format!("/{file}"), text))
    }
}

/// What the firmware adds to the die's temperature for the fan, °C: the table of the kernel's `k10temp`.
fn tctl_offset(root: &Root) -> f64 {
    const OFFSETS: &[(&str, f64)] = &[
        ("AMD Ryzen 5 1600X", 20.0),
        ("AMD Ryzen 7 1700X", 20.0),
        ("AMD Ryzen 7 1800X", 20.0),
        ("AMD Ryzen 7 2700X", 10.0),
        ("AMD Ryzen Threadripper 19", 27.0),
        ("AMD Ryzen Threadripper 29", 27.0),
    ];
    let info = CpuInfo::read(root).unwrap_or_default();
    let name = info.first("model name").unwrap_or("");
    OFFSETS.iter().find(|(begin, _)| name.starts_with(begin)).map_or(0.0, |(_, offset)| *offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn write(tree: &Path, file: &str, text: &str) {
        let path = tree.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn the_processor_goes_before_a_hotter_battery() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "sys/class/thermal/thermal_zone0/type", "battery\n");
        write(tree.path(), "sys/class/thermal/thermal_zone0/temp", "61000\n");
        write(tree.path(), "sys/class/thermal/thermal_zone1/type", "cpu-0-0-usr\n");
        write(tree.path(), "sys/class/thermal/thermal_zone1/temp", "48500\n");
        write(tree.path(), "sys/class/thermal/thermal_zone2/type", "cpu-1-broken\n");
        write(tree.path(), "sys/class/thermal/thermal_zone2/temp", "-40000\n");
        let meter = ThermalMeter::new(Root::at(tree.path()));
        let hottest = meter.hottest().unwrap();
        assert_eq!((hottest.sensor.as_str(), hottest.celsius.degrees()), ("cpu-0-0-usr", 48.5));
        assert_eq!(meter.temperatures().len(), 2);
    }

    #[test]
    fn whole_degrees_are_recognised() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "sys/class/hwmon/hwmon0/name", "soc_thermal\n");
        write(tree.path(), "sys/class/hwmon/hwmon0/temp1_input", "47\n");
        let hottest = ThermalMeter::new(Root::at(tree.path())).hottest().unwrap();
        assert_eq!((hottest.sensor.as_str(), hottest.celsius.degrees()), ("soc_thermal temp1", 47.0));
    }

    #[test]
    fn a_charge_among_the_zones_is_not_the_hottest() {
        let tree = tempfile::tempdir().unwrap();
        for (zone, (kind, temp)) in [("cpuss-0-usr", "43200"), ("soc", "96"), ("vbat", "4180")].into_iter().enumerate()
        {
            write(tree.path(), &format!("sys/class/thermal/thermal_zone{zone}/type"), kind);
            write(tree.path(), &format!("sys/class/thermal/thermal_zone{zone}/temp"), temp);
        }
        let meter = ThermalMeter::new(Root::at(tree.path()));
        assert_eq!(meter.hottest().unwrap().celsius.degrees(), 43.2);
        assert_eq!(meter.temperatures().len(), 1);
    }

    #[test]
    fn the_die_counts_and_not_what_steers_the_fan() {
        let tree = tempfile::tempdir().unwrap();
        for (file, text) in [("name", "k10temp"), ("temp1_label", "Tctl"), ("temp1_input", "67250")] {
            write(tree.path(), &format!("sys/class/hwmon/hwmon0/{file}"), text);
        }
        let hottest = || ThermalMeter::new(Root::at(tree.path())).hottest().unwrap().celsius.degrees();
        assert_eq!(hottest(), 67.25);
        write(tree.path(), "proc/cpuinfo", "model name\t: AMD Ryzen Threadripper 2950X 16-Core Processor\n");
        assert_eq!(hottest(), 40.25, "the kernel's table has 27 for it");
        write(tree.path(), "sys/class/hwmon/hwmon0/temp2_label", "Tdie");
        write(tree.path(), "sys/class/hwmon/hwmon0/temp2_input", "41000");
        assert_eq!(hottest(), 41.0);
    }

    #[test]
    fn a_machine_without_sensors_says_so_and_gives_no_zero() {
        let tree = tempfile::tempdir().unwrap();
        let reading = ThermalMeter::new(Root::at(tree.path())).read();
        assert_eq!((&reading.hottest, reading.throttle_count, reading.frequency_cap), (&None, None, None));
        assert_eq!(reading.reasons.len(), 6);
        assert_eq!(reading.until(&reading).throttled, None);
    }
}
