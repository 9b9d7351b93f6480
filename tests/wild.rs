//! Machines as people report them: the `/proc` and `/sys` of boards, phones and containers, typed after public reports.
//! They test that the text is read rightly; they prove nothing about a real machine of that kind.

use std::fmt::Write;

use densimeter::device::{DeviceClass, DeviceProfile, probe, topology};
use densimeter::sysfs::Root;
use tempfile::TempDir;

use super::probe::tree;

const CPU: &str = "sys/devices/system/cpu";

/// A hardware thread: part, capacity, greatest frequency, package, core number, who shares its core.
struct Thread<'a> {
    part: Option<&'a str>,
    capacity: Option<u32>,
    khz: u32,
    package: i32,
    core: i32,
    siblings: String,
}

impl Default for Thread<'_> {
    fn default() -> Self {
        Self { part: None, capacity: None, khz: 1_500_000, package: 0, core: 0, siblings: String::new() }
    }
}

/// A machine of these threads, numbered from 0, and these other files; `head` and `tail` stand around ARM's paragraphs.
fn machine(threads: &[Thread<'_>], lines: &str, tail: &str, files: &[(&str, &str)]) -> TempDir {
    let mut all: Vec<(String, String)> = files.iter().map(|(file, text)| ((*file).into(), (*text).into())).collect();
    let mut info = String::new();
    for (n, thread) in threads.iter().enumerate() {
        write!(info, "processor\t: {n}\n{lines}").unwrap();
        if let Some(part) = thread.part {
            let (implementer, part) = part.split_once('/').unwrap();
            write!(info, "CPU implementer\t: {implementer}\nCPU part\t: {part}\n").unwrap();
        }
        info.push('\n');
        let siblings = if thread.siblings.is_empty() { n.to_string() } else { thread.siblings.clone() };
        let core = if thread.core == 0 { i32::try_from(n).unwrap() } else { thread.core };
        let mut put = |file: &str, text: String| all.push((format!("{CPU}/cpu{n}/{file}"), text));
        put("topology/physical_package_id", thread.package.to_string());
        put("topology/core_id", core.to_string());
        put("topology/core_cpus_list", siblings);
        put("cpufreq/cpuinfo_max_freq", thread.khz.to_string());
        if let Some(capacity) = thread.capacity {
            put("cpu_capacity", capacity.to_string());
        }
    }
    all.push((format!("{CPU}/online"), format!("0-{}", threads.len() - 1)));
    all.push(("proc/cpuinfo".to_owned(), info + tail));
    let all: Vec<(&str, &str)> = all.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    tree(&all)
}

fn profile(tree: &TempDir) -> DeviceProfile {
    probe::profile(&Root::at(tree.path()))
}

fn arm<'a>(part: &'a str, count: usize, capacity: u32, khz: u32) -> Vec<Thread<'a>> {
    (0..count).map(|_| Thread { part: Some(part), capacity: Some(capacity), khz, ..Thread::default() }).collect()
}

const FEATURES: &str = "Features\t: fp asimd\n";

#[test]
fn a_filler_is_no_name_and_the_line_of_2012_no_chip() {
    let tree = machine(
        &arm("0x41/0xd0b", 4, 1024, 2_400_000),
        FEATURES,
        "Hardware\t: BCM2835\nModel\t: Raspberry Pi 5\n",
        &[
            ("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0"),
            ("proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0"),
        ],
    );
    let device = profile(&tree);
    assert_eq!((device.cpu.name.as_deref(), device.cpu.soc.as_deref()), (Some("Cortex-A76"), Some("brcm,bcm2712")));
    let filler = "model name\t: ARMv8 Processor rev 0 (v8l)\nFeatures\t: fp asimd\n";
    let xavier = profile(&machine(&arm("0x4e/0x004", 6, 1024, 1_907_200), filler, "", &[]));
    assert_eq!(xavier.cpu.name.as_deref(), Some("Carmel"));
    let nothing = "model name\t: ARMv7 Processor rev 3 (v7l)\nFeatures\t: half thumb\n";
    let unknown = profile(&machine(&arm("0x99/0x001", 2, 1024, 1), nothing, "", &[]));
    assert_eq!(unknown.cpu.name.as_deref(), Some("unknown core 0x99/0x001"));
    assert!(unknown.reasons["cpu.simd"].contains("no vector instruction set"));
}

#[test]
fn a_part_that_is_not_listed_stands_in_the_name() {
    let mut threads = arm("0x41/0xd05", 4, 257, 2_002_000);
    threads.extend(arm("0x41/0xd0b", 2, 650, 2_504_000));
    threads.extend(arm("0x53/0x0ff", 2, 1024, 2_730_000));
    let name = profile(&machine(&threads, FEATURES, "", &[])).cpu.name.unwrap();
    assert_eq!(name, "unknown core 0x53/0x0ff + Cortex-A76 + Cortex-A55");
}

#[test]
fn clusters_are_not_sockets_and_parts_tell_kinds_where_capacities_do_not() {
    let mut threads = arm("0x41/0xd03", 2, 1024, 1_896_000);
    threads.extend(arm("0x41/0xd09", 4, 1024, 1_800_000).into_iter().map(|thread| Thread { package: 1, ..thread }));
    let tree = machine(
        &threads,
        FEATURES,
        "",
        &[
            ("proc/device-tree/model", "Hardkernel ODROID-N2\0"),
            ("proc/device-tree/compatible", "hardkernel,odroid-n2\0amlogic,s922x\0amlogic,g12b\0"),
        ],
    );
    let device = profile(&tree);
    let kinds: Vec<_> = device.cpu.kinds.iter().map(|kind| (kind.name.as_str(), kind.threads.len())).collect();
    // The core that saves energy has the higher clock here, and is the slower one all the same.
    assert_eq!(kinds, [("big", 4), ("little", 2)]);
    assert_eq!((device.cpu.sockets, device.class), (1, DeviceClass::Sbc));
    assert_eq!(device.cpu.name.as_deref(), Some("Cortex-A73 + Cortex-A53"));
    assert_eq!(topology::performance_cores(&Root::at(tree.path())), [2, 3, 4, 5]);
    // A server of the same parts whose firmware describes its sockets has two.
    let server =
        machine(&threads, FEATURES, "", &[("sys/firmware/acpi/x", ""), ("sys/class/dmi/id/chassis_type", "23")]);
    assert_eq!(profile(&server).cpu.sockets, 2);
}

#[test]
fn a_core_number_below_zero_is_not_known_and_riscv_tells_its_vectors() {
    let lines = "hart\t\t: 1\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,bullet0\n";
    let one = || Thread { package: -1, core: -1, siblings: "0-3".to_owned(), ..Thread::default() };
    let device = profile(&machine(&[one(), one(), one(), one()], lines, "", &[]));
    assert_eq!((device.cpu.cores, device.cpu.sockets), (4, 1));
    assert_eq!(device.cpu.name.as_deref(), Some("sifive,bullet0"));
    assert_eq!(device.reasons["cpu.simd"], "its isa 'rv64imafdc' has no vector extension");
    // The same number for all, as an older kernel has it.
    let same = || Thread { core: 7, siblings: "0-1".to_owned(), ..Thread::default() };
    assert_eq!(profile(&machine(&[same(), same()], "isa\t: rv64imafdcv\n", "", &[])).cpu.cores, 2);
    // On x86 two threads of one core are just that.
    let x86 = machine(&[same(), same()], "model name\t: Intel Atom\nflags\t: ssse3\n", "", &[]);
    assert_eq!(profile(&x86).cpu.cores, 1);
}

#[test]
fn single_cores_that_turbo_higher_are_no_kind() {
    let threads: Vec<Thread<'_>> =
        (0..8).map(|n| Thread { khz: if n == 5 { 6_642_000 } else { 5_352_000 }, ..Thread::default() }).collect();
    let tree = machine(&threads, "vendor_id\t: AuthenticAMD\nmodel name\t: AMD Ryzen\nflags\t: avx2\n", "", &[]);
    assert_eq!(profile(&tree).cpu.kinds.len(), 1);
    assert_eq!(topology::performance_cores(&Root::at(tree.path())).len(), 8);
}

#[test]
fn a_place_without_a_battery_makes_no_laptop_and_a_handset_is_a_phone() {
    let board = [
        ("proc/device-tree/model", "LeMaker Banana Pi\0"),
        ("sys/class/power_supply/axp20x-battery/type", "Battery"),
        ("sys/class/power_supply/axp20x-battery/present", "0"),
        ("sys/class/power_supply/axp20x-battery/status", "Discharging"),
    ];
    let device = profile(&tree(&board));
    assert_eq!((device.class, device.power_supplies.len()), (DeviceClass::Sbc, 0));
    let phone = [
        ("proc/device-tree/model", "OnePlus 6\0"),
        ("proc/device-tree/chassis-type", "handset\0"),
        ("sys/class/power_supply/bq27411-0/type", "Battery"),
    ];
    assert_eq!(profile(&tree(&phone)).class, DeviceClass::Phone);
}

#[test]
fn a_container_of_two_processors_says_so() {
    let threads: Vec<Thread<'_>> = (0..16).map(|_| Thread::default()).collect();
    let tree = machine(
        &threads,
        "flags\t: avx2\n",
        "",
        &[
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/cpu.max", "200000 100000\n"),
            ("sys/fs/cgroup/cpuset.cpus.effective", "0-3\n"),
        ],
    );
    let limit = profile(&tree).cpu.limit.unwrap();
    assert_eq!((limit.threads, limit.quota, limit.usable), (vec![0, 1, 2, 3], Some(2.0), 2));
    assert_eq!(topology::performance_cores(&Root::at(tree.path())), [0, 1, 2, 3]);
}

#[test]
fn a_zone_is_read_by_one_rule_in_probe_and_meter() {
    let zones = tree(&[
        ("sys/class/thermal/thermal_zone0/type", "sunxi-therm-1"),
        ("sys/class/thermal/thermal_zone0/temp", "65"),
        ("sys/class/thermal/thermal_zone1/type", "soc"),
        ("sys/class/thermal/thermal_zone1/temp", "96"),
    ]);
    let shown: Vec<Option<f64>> =
        profile(&zones).thermal_zones.iter().map(|zone| zone.celsius.map(|celsius| celsius.degrees())).collect();
    assert_eq!(shown, [Some(65.0), None]);
    let meter = densimeter::meter::thermal::ThermalMeter::new(Root::at(zones.path()));
    assert_eq!(meter.hottest().unwrap().celsius.degrees(), 65.0);
}

#[test]
fn a_loongson_is_named() {
    let lines = "CPU Family\t\t: Loongson-64bit\nModel Name\t\t: Loongson-3A5000-HV\nFeatures\t\t: cpucfg lsx lasx\n";
    let cpu = profile(&machine(&[Thread::default()], lines, "", &[])).cpu;
    assert_eq!(
        (cpu.name.as_deref(), cpu.simd),
        (Some("Loongson-3A5000-HV"), vec!["lsx".to_owned(), "lasx".to_owned()])
    );
}
