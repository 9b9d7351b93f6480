//! No reading is both shown and impossible: random sensor trees, whose drivers lie, stand still, jump and vanish.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use densimeter::device::probe;
use densimeter::meter::battery::BatteryMeter;
use densimeter::meter::energy::{self, EnergyMeter};
use densimeter::meter::load::LoadMeter;
use densimeter::meter::thermal::ThermalMeter;
use densimeter::meter::{Clock, VirtualClock};
use densimeter::sysfs::Root;
use proptest::prelude::*;

/// What a driver's file may hold.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (-200_i64..2_000).prop_map(|n| n.to_string()),
        3 => (1_000_i64..200_000).prop_map(|n| n.to_string()),
        3 => (1_000_000_i64..30_000_000).prop_map(|n| n.to_string()),
        2 => (1_000_000_000_i64..300_000_000_000).prop_map(|n| n.to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        2 => prop::sample::select(vec![
            "0", "-1", "1", "-40000", "-273000", "2147483647", "-2147483648", "4294967295", "4294967295000",
            "18446744073709551615", "99999999999999999999", "nan", "inf", "-inf", "1e400", "N/A", "", "0x1f", "12 34",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Where files may stand.
fn place() -> impl Strategy<Value = String> {
    let file = |choices: &'static [&'static str]| prop::sample::select(choices);
    prop_oneof![
        (
            0..3_u8,
            file(&[
                "power1_input",
                "power1_average",
                "power2_input",
                "in1_input",
                "in2_input",
                "in3_input",
                "curr1_input",
                "curr2_input",
                "curr3_input",
                "temp1_input",
                "temp2_input",
                "in1_enable",
                "power1_is_battery"
            ])
        )
            .prop_map(|(chip, file)| format!("sys/class/hwmon/hwmon{chip}/{file}")),
        (file(&["intel-rapl:0", "intel-rapl:0:2", "intel-rapl:1"]), file(&["energy_uj", "max_energy_range_uj"]))
            .prop_map(|(zone, file)| format!("sys/class/powercap/{zone}/{file}")),
        (file(&["BAT0", "BAT1"]), file(&["power_now", "current_now", "voltage_now", "capacity", "present"]))
            .prop_map(|(name, file)| format!("sys/class/power_supply/{name}/{file}")),
        (0..3_u8).prop_map(|zone| format!("sys/class/thermal/thermal_zone{zone}/temp")),
        file(&["sys/class/power_supply/AC/online"]).prop_map(str::to_owned),
    ]
}

/// The names that make the files above mean something.
fn names() -> impl Strategy<Value = Vec<(String, String)>> {
    let choice = |file: &'static str, texts: &'static [&'static str]| {
        prop::sample::select(texts).prop_map(move |text| (file.to_owned(), text.to_owned()))
    };
    (
        choice("sys/class/hwmon/hwmon0/name", &["ina3221", "ina226", "power_meter", "k10temp", "amdgpu"]),
        choice("sys/class/hwmon/hwmon1/name", &["ina3221", "ina219", "coretemp"]),
        choice("sys/class/hwmon/hwmon0/in1_label", &["VDD_IN", "VDD_GPU_SOC", "NC", "VIN_SYS_5V0", "SYS5V"]),
        choice("sys/class/hwmon/hwmon0/temp1_label", &["Tctl", "Tdie", "Package id 0"]),
        choice("sys/class/powercap/intel-rapl:0/name", &["package-0", "psys"]),
        choice("sys/class/powercap/intel-rapl:0:2/name", &["dram", "core"]),
        choice("sys/class/thermal/thermal_zone0/type", &["cpu-thermal", "soc", "vbat", "battery", "x86_pkg_temp"]),
        choice("sys/class/power_supply/BAT0/status", &["Discharging", "Charging", "Full", "Unknown"]),
        choice("sys/class/power_supply/BAT1/status", &["Discharging", "Unknown"]),
    )
        .prop_map(|all| {
            let fixed =
                ["BAT0", "BAT1"].map(|name| (format!("sys/class/power_supply/{name}/type"), "Battery".to_owned()));
            let mains = ("sys/class/power_supply/AC/type".to_owned(), "Mains".to_owned());
            let mut named = vec![all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7, all.8, mains];
            named.extend(fixed);
            named
        })
}

fn put(tree: &Path, files: &[(String, String)]) {
    for (file, text) in files {
        let path = tree.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// What is shown of a tree now.
fn look(root: &Root) -> Result<(), TestCaseError> {
    let possible = -40.0..=150.0;
    for shown in ThermalMeter::new(root.clone()).temperatures() {
        prop_assert!(possible.contains(&shown.celsius.degrees()), "{shown:?}");
    }
    let device = probe::profile(root);
    for zone in &device.thermal_zones {
        prop_assert!(zone.celsius.is_none_or(|shown| possible.contains(&shown.degrees())), "{zone:?}");
    }
    for supply in &device.power_supplies {
        prop_assert!(supply.capacity_percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)), "{supply:?}");
    }
    for source in energy::survey(root) {
        prop_assert!(source.scope.is_some() != source.reason.is_some(), "{source:?}");
    }
    let _ = (BatteryMeter::new(root.clone()).on_battery(), LoadMeter::of_self(root.clone()).sample());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_reading_is_both_shown_and_impossible(
        named in names(),
        first in prop::collection::vec((place(), number()), 1..24),
        later in prop::collection::vec((place(), number()), 0..16),
        seconds in 1..120_u64,
    ) {
        let tree = tempfile::tempdir().unwrap();
        put(tree.path(), &named);
        put(tree.path(), &first);
        let root = Root::at(tree.path());
        look(&root)?;
        let clock = Arc::new(VirtualClock::new());
        let meter = EnergyMeter::choose(&root, clock.clone());
        let session = meter.start();
        put(tree.path(), &later);
        clock.wait(Duration::from_secs(seconds));
        look(&root)?;
        match session.and_then(|session| session.stop()) {
            Ok(reading) => {
                let (joules, watts) = (reading.joules.joules(), reading.mean_power.watts());
                prop_assert!(joules > 0.0 && watts > 0.0 && watts <= 2000.0, "{reading:?}");
            }
            Err(why) => prop_assert!(!why.is_empty()),
        }
    }
}
