//! Tests of `probe` through the public API and the binary.
//!
//! The trees below are written by hand after the kernel's documents and public dumps of such machines. They test that the
//! text is read rightly; they prove nothing about a real machine of that kind.

use std::path::Path;

use assert_cmd::Command;
use densimeter::device::{DeviceClass, DeviceProfile, probe, topology};
use densimeter::meter::energy;
use densimeter::sysfs::Root;
use densimeter::unit::Bytes;
use tempfile::TempDir;

/// A directory with these files; each path is below it.
pub(super) fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (file, text) in files {
        add(tree.path(), file, text);
    }
    tree
}

fn add(tree: &Path, file: &str, text: &str) {
    let path = tree.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The topology files of one hardware thread.
fn cpu(tree: &Path, id: u32, capacity: Option<u32>, max_khz: Option<u32>, package: u32, siblings: &str) {
    let folder = format!("sys/devices/system/cpu/cpu{id}");
    add(tree, &format!("{folder}/topology/physical_package_id"), &format!("{package}\n"));
    add(tree, &format!("{folder}/topology/core_cpus_list"), &format!("{siblings}\n"));
    if let Some(capacity) = capacity {
        add(tree, &format!("{folder}/cpu_capacity"), &format!("{capacity}\n"));
    }
    if let Some(khz) = max_khz {
        add(tree, &format!("{folder}/cpufreq/cpuinfo_max_freq"), &format!("{khz}\n"));
    }
}

fn profile(tree: &TempDir) -> DeviceProfile {
    probe::profile(&Root::at(tree.path()))
}

pub(super) fn raspberry_pi_5() -> TempDir {
    let core = |n: u32| {
        format!(
            "processor\t: {n}\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\nCPU revision\t: 1\n\n"
        )
    };
    let tree = tree(&[
        ("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0"),
        ("proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0"),
        (
            "proc/meminfo",
            "MemTotal:        8245744 kB\nMemAvailable:    7300000 kB\nSwapTotal:  204784 kB\nSwapFree: 204784 kB\n",
        ),
        ("proc/sys/kernel/osrelease", "6.6.31+rpt-rpi-2712\n"),
        ("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"),
        ("sys/devices/system/cpu/online", "0-3\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "ondemand\n"),
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
        ("sys/class/thermal/thermal_zone0/temp", "52350\n"),
    ]);
    add(tree.path(), "proc/cpuinfo", &(0..4).map(core).collect::<String>());
    for id in 0..4 {
        cpu(tree.path(), id, Some(1024), Some(2_400_000), 0, &id.to_string());
    }
    tree
}

/// Four Cortex-A510, four Cortex-A715/A710, one Cortex-X3, as in phones of 2023; a charger is away.
pub(super) fn phone() -> TempDir {
    let tree = tree(&[
        ("system/build.prop", "ro.build.version.release=14\nro.build.characteristics=nosdcard\n# comment\n"),
        (
            "vendor/build.prop",
            "ro.product.vendor.model=Pixel 8\nro.product.vendor.manufacturer=Google\nro.soc.model=Tensor G3\nro.soc.manufacturer=Google\n",
        ),
        (
            "proc/meminfo",
            "MemTotal:        7700000 kB\nMemAvailable:    3900000 kB\nSwapTotal: 3900000 kB\nSwapFree: 100 kB\n",
        ),
        ("sys/devices/system/cpu/online", "0-8\n"),
        ("sys/class/thermal/thermal_zone0/type", "BIG\n"),
        ("sys/class/thermal/thermal_zone0/temp", "41000\n"),
        ("sys/class/thermal/thermal_zone1/type", "disabled\n"),
        ("sys/class/thermal/thermal_zone1/temp", "-40000\n"),
        ("sys/class/power_supply/battery/type", "Battery\n"),
        ("sys/class/power_supply/battery/status", "Discharging\n"),
        ("sys/class/power_supply/battery/capacity", "71\n"),
        ("sys/class/power_supply/battery/current_now", "-612500\n"),
        ("sys/class/power_supply/battery/voltage_now", "4021000\n"),
        ("sys/class/power_supply/usb/type", "USB\n"),
        ("sys/class/power_supply/usb/online", "0\n"),
    ]);
    let mut info = String::new();
    for id in 0..9 {
        let (part, capacity, khz) = match id {
            0..=3 => ("0xd46", 253, 1_704_000),
            4..=7 => ("0xd4d", 748, 2_367_000),
            _ => ("0xd4e", 1024, 2_914_000),
        };
        info += &format!(
            "processor\t: {id}\nFeatures\t: fp asimd fphp asimdhp asimddp sve sve2 i8mm bf16\nCPU implementer\t: 0x41\nCPU part\t: {part}\n\n"
        );
        cpu(tree.path(), id, Some(capacity), Some(khz), 0, &id.to_string());
    }
    add(tree.path(), "proc/cpuinfo", &info);
    tree
}

fn x86(tree: &Path, name: &str, flags: &str) {
    add(
        tree,
        "proc/cpuinfo",
        &format!("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: {name}\nflags\t\t: {flags}\n\n"),
    );
}

/// A hybrid laptop: two performance cores of two threads each, four efficiency cores.
pub(super) fn laptop() -> TempDir {
    let tree = tree(&[
        ("sys/class/dmi/id/sys_vendor", "LENOVO\n"),
        ("sys/class/dmi/id/product_name", "21HM004FGE\n"),
        ("sys/class/dmi/id/chassis_type", "10\n"),
        ("sys/devices/system/cpu/online", "0-7\n"),
        ("sys/devices/cpu_core/cpus", "0-3\n"),
        ("sys/devices/cpu_atom/cpus", "4-7\n"),
        ("sys/class/power_supply/AC/type", "Mains\n"),
        ("sys/class/power_supply/AC/online", "1\n"),
        ("sys/class/power_supply/BAT0/type", "Battery\n"),
        ("sys/class/power_supply/BAT0/status", "Not charging\n"),
        ("sys/class/power_supply/BAT0/capacity", "80\n"),
    ]);
    x86(tree.path(), "13th Gen Intel(R) Core(TM) i5-1335U", "fpu pni ssse3 avx avx2 fma f16c bmi2 avx_vnni");
    for (id, siblings) in [(0, "0-1"), (1, "0-1"), (2, "2-3"), (3, "2-3")] {
        cpu(tree.path(), id, None, Some(4_600_000), 0, siblings);
    }
    for id in 4..8 {
        cpu(tree.path(), id, None, Some(3_400_000), 0, &id.to_string());
    }
    tree
}

pub(super) fn desktop() -> TempDir {
    let tree = tree(&[
        ("sys/class/dmi/id/sys_vendor", "To Be Filled By O.E.M.\n"),
        ("sys/class/dmi/id/product_name", "System Product Name\n"),
        ("sys/class/dmi/id/board_name", "B650 Pro RS\n"),
        ("sys/class/dmi/id/chassis_type", "3\n"),
        ("sys/devices/system/cpu/online", "0-3\n"),
        ("sys/class/powercap/intel-rapl:0/name", "package-0\n"),
        ("sys/class/powercap/intel-rapl:0/energy_uj", "123456789\n"),
        ("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "65532610987\n"),
    ]);
    x86(
        tree.path(),
        "AMD Ryzen 5 7600 6-Core Processor",
        "pni avx avx2 fma f16c avx512f avx512cd avx512bw avx512dq avx512vl",
    );
    // Favoured cores turbo a little higher: still one kind.
    for (id, khz, siblings) in
        [(0, 5_170_000, "0,2"), (1, 5_050_000, "1,3"), (2, 5_170_000, "0,2"), (3, 5_050_000, "1,3")]
    {
        cpu(tree.path(), id, None, Some(khz), 0, siblings);
        let cache = format!("sys/devices/system/cpu/cpu{id}/cache/index3");
        for (file, text) in [("level", "3"), ("type", "Unified"), ("size", "32768K"), ("shared_cpu_list", "0-3")] {
            add(tree.path(), &format!("{cache}/{file}"), text);
        }
    }
    tree
}

pub(super) fn cloud() -> TempDir {
    let tree = tree(&[
        ("sys/devices/system/cpu/online", "0-1\n"),
        ("proc/meminfo", "MemTotal:       24684092 kB\nMemAvailable:   23307564 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"),
        (".dockerenv", ""),
        ("proc/self/cgroup", "0::/box\n"),
        ("sys/fs/cgroup/box/memory.max", "8589934592\n"),
        ("sys/fs/cgroup/memory.max", "max\n"),
    ]);
    x86(tree.path(), "AMD EPYC", "pni ssse3 avx avx2 fma f16c hypervisor bmi2");
    for id in 0..2 {
        cpu(tree.path(), id, Some(1024), None, 0, &id.to_string());
    }
    tree
}

#[test]
fn a_raspberry_pi_5() {
    let device = profile(&raspberry_pi_5());
    assert_eq!(device.class, DeviceClass::Sbc);
    assert_eq!(device.class_rule, "A device tree (model 'Raspberry Pi 5 Model B Rev 1.0') without a battery.");
    assert_eq!(device.cpu.name.as_deref(), Some("Cortex-A76"));
    assert_eq!(device.cpu.soc.as_deref(), Some("brcm,bcm2712"));
    assert_eq!((device.cpu.sockets, device.cpu.cores, device.cpu.threads), (1, 4, 4));
    assert_eq!(device.cpu.simd, ["asimd", "asimdhp", "fphp", "asimddp"]);
    assert_eq!(device.cpu.governors, ["ondemand"]);
    assert_eq!(device.memory.total, Some(Bytes::from_kib(8_245_744)));
    assert_eq!(device.os.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
    assert_eq!(device.kernel.as_deref(), Some("6.6.31+rpt-rpi-2712"));
    assert!(!device.virtualisation.found);
    assert_eq!(device.thermal_zones[0].celsius.unwrap().degrees(), 52.35);
    assert!(device.reasons.contains_key("cpu.last_level_cache"));
}

#[test]
fn a_phone_with_three_kinds_of_cores() {
    let tree = phone();
    let device = profile(&tree);
    assert_eq!(device.class, DeviceClass::Phone);
    assert_eq!(device.model.as_deref(), Some("Google Pixel 8"));
    assert_eq!(device.cpu.soc.as_deref(), Some("Google Tensor G3"));
    assert_eq!(device.os.as_deref(), Some("Android 14"));
    let kinds: Vec<(&str, &[u32], Option<&str>)> =
        device.cpu.kinds.iter().map(|kind| (kind.name.as_str(), &kind.threads[..], kind.core.as_deref())).collect();
    assert_eq!(
        kinds,
        [
            ("big", &[8][..], Some("Cortex-X3")),
            ("middle", &[4, 5, 6, 7][..], Some("Cortex-A715")),
            ("little", &[0, 1, 2, 3][..], Some("Cortex-A510")),
        ]
    );
    assert_eq!(topology::performance_cores(&Root::at(tree.path())), [4, 5, 6, 7, 8]);
    assert!(device.thermal_zones.iter().any(|zone| zone.name == "disabled" && zone.celsius.is_none()));
    let battery = energy::survey(&Root::at(tree.path())).pop().unwrap();
    assert_eq!(battery.scope.as_deref(), Some("whole device, from battery battery"));
}

#[test]
fn a_tablet_is_told_from_a_phone() {
    let tree = phone();
    add(tree.path(), "system/build.prop", "ro.build.characteristics=nosdcard,tablet\n");
    assert_eq!(profile(&tree).class, DeviceClass::Tablet);
}

#[test]
fn a_hybrid_laptop_on_the_mains() {
    let tree = laptop();
    let device = profile(&tree);
    assert_eq!(device.class, DeviceClass::Laptop);
    assert_eq!(device.class_rule, "The firmware's SMBIOS chassis type is 10 (portable).");
    assert_eq!(device.model.as_deref(), Some("LENOVO 21HM004FGE"));
    assert_eq!((device.cpu.cores, device.cpu.threads), (6, 8));
    assert_eq!(device.cpu.kinds.len(), 2);
    assert_eq!(topology::performance_cores(&Root::at(tree.path())), [0, 2]);
    assert_eq!(topology::physical_cores(&Root::at(tree.path())), [0, 2, 4, 5, 6, 7]);
    let battery = energy::survey(&Root::at(tree.path())).pop().unwrap();
    assert_eq!(
        battery.reason.as_deref(),
        Some(
            "the battery BAT0 is not charging and a charger is connected: its gauge shows the draw of the machine only while it discharges"
        )
    );
}

#[test]
fn a_desktop_with_energy_counters() {
    let tree = desktop();
    let device = profile(&tree);
    assert_eq!(device.class, DeviceClass::Desktop);
    assert_eq!(device.model.as_deref(), Some("B650 Pro RS"));
    assert_eq!(device.cpu.kinds.len(), 1);
    assert_eq!(topology::performance_cores(&Root::at(tree.path())), [0, 1]);
    assert_eq!(device.cpu.last_level_cache, Some(Bytes::from_kib(32768)));
    let rapl = energy::survey(&Root::at(tree.path())).remove(0);
    assert_eq!((rapl.tier, rapl.scope.as_deref()), (energy::Tier::B, Some("RAPL domains package-0")));
}

#[test]
fn a_rented_virtual_machine_in_a_container() {
    let device = profile(&cloud());
    assert_eq!(device.class, DeviceClass::Server);
    assert_eq!(device.virtualisation.evidence, "the processor has the flag 'hypervisor'");
    assert_eq!(device.container.evidence, "/.dockerenv exists");
    assert_eq!(device.memory.group_limit, Some(Bytes::from_bytes(8 << 30)));
    assert_eq!(device.memory.swap_total, Some(Bytes::from_bytes(0)));
}

#[test]
fn bare_metal_of_a_cloud_is_no_virtual_machine() {
    let tree =
        tree(&[("sys/class/dmi/id/sys_vendor", "Amazon EC2\n"), ("sys/class/dmi/id/product_name", "c6g.metal\n")]);
    assert!(!profile(&tree).virtualisation.found);
    add(tree.path(), "sys/class/dmi/id/product_name", "c6g.large\n");
    assert!(profile(&tree).virtualisation.found);
}

#[test]
fn an_empty_tree_gives_reasons_and_no_guesses() {
    let device = profile(&tree(&[]));
    assert_eq!(device.class, DeviceClass::Unknown);
    assert_eq!((device.model, device.cpu.name, device.memory.total), (None, None, None));
    for name in ["model", "cpu.name", "cpu.soc", "memory.total", "os", "kernel", "cpu.governors"] {
        assert!(device.reasons.contains_key(name), "{name} has no reason");
    }
}

fn densimeter(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("densimeter").unwrap().args(arguments).assert()
}

#[test]
fn the_command_prints_json_that_reads_back() {
    let tree = phone();
    let assert = densimeter(&["probe", "--json", "--root", tree.path().to_str().unwrap()]).success();
    let report: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let device: DeviceProfile = serde_json::from_value(report["device"].clone()).unwrap();
    assert_eq!(device.class, DeviceClass::Phone);
    assert_eq!(device.energy_sources.len(), 3);
    assert!(device.energy_sources.iter().all(|source| source.scope.is_some() != source.reason.is_some()));
    assert!(report["measured"].is_null() && report["reason"].is_string());
}

#[test]
fn the_table_names_class_rule_and_missing_sources() {
    let tree = cloud();
    let assert = densimeter(&["probe", "--root", tree.path().to_str().unwrap()]).success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    for part in ["server", "AMD EPYC", "energy: rapl", "missing:", "hypervisor"] {
        assert!(text.contains(part), "'{part}' is not in\n{text}");
    }
}

#[test]
fn a_root_that_is_no_directory_is_a_mistake_in_the_command() {
    let assert = densimeter(&["probe", "--root", "/nonexistent/tree"]).code(2);
    let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains("/nonexistent/tree"));
}
