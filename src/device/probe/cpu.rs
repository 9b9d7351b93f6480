//! The processor: name, system on chip, vector instruction sets, bounds.

use std::collections::BTreeSet;

use super::identity::Identity;
use crate::device::hardware_thread::Thread;
use crate::device::profile::{Cpu, CpuLimit};
use crate::device::{arm_cores, core_kinds, soc, topology, vector_sets};
use crate::sysfs::cgroup::processors::allowance;
use crate::sysfs::cpuinfo::{CpuInfo, Family};
use crate::sysfs::{Reasons, Root};

pub(super) fn read(root: &Root, threads: &[Thread], identity: &Identity, reasons: &mut Reasons) -> Cpu {
    let mut note = |name: &str, why: String| {
        reasons.insert(name.to_owned(), why);
    };
    let info = match CpuInfo::read(root) {
        Ok(info) => Some(info),
        Err(why) => {
            note("cpu.simd", why.to_string());
            None
        }
    };
    let simd = info.as_ref().map(vector_sets::of).transpose().unwrap_or_else(|why| {
        note("cpu.simd", why);
        None
    });
    let info = info.unwrap_or_default();
    let mut kinds = core_kinds::kinds(threads);
    let mut cores: Vec<String> = Vec::new();
    for kind in &mut kinds {
        let part = kind.threads.first().and_then(|thread| info.arm_part(*thread));
        kind.core = part.and_then(arm_cores::name).map(str::to_owned);
        let shown = part.map(|part| kind.core.clone().unwrap_or_else(|| unknown(part)));
        cores.extend(shown.filter(|shown| !cores.contains(shown)));
    }
    let name = name(&info, &cores).or_else(|| system_brand(root));
    if name.is_none() {
        note("cpu.name", "/proc/cpuinfo names no model and no known core".to_owned());
    }
    let policies = root.numbered("sys/devices/system/cpu/cpufreq", "policy");
    let governors: BTreeSet<String> =
        policies.iter().filter_map(|(_, policy)| root.text(&format!("{policy}/scaling_governor")).ok()).collect();
    if governors.is_empty() {
        let why = "no cpufreq policy in /sys/devices/system/cpu/cpufreq: the kernel does not steer the frequency";
        note("cpu.governors", why.to_owned());
    }
    let last_level_cache = topology::last_level_cache(root, threads);
    if last_level_cache.is_none() {
        note("cpu.last_level_cache", "the kernel describes no cache in /sys/devices/system/cpu".to_owned());
    }
    let soc = identity.android_soc.clone().or_else(|| soc::of(&identity.device_tree_compatible).cloned());
    if soc.is_none() {
        note("cpu.soc", "no device tree and no Android property names a system on chip".to_owned());
    }
    let counted = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let distinct = |key: fn(&Thread) -> u32| counted(threads.iter().map(key).collect::<BTreeSet<u32>>().len());
    let packages = distinct(|thread| thread.socket).max(1);
    Cpu {
        name,
        soc,
        architecture: std::env::consts::ARCH.to_owned(),
        sockets: if clusters_are_packages(root, &info) { 1 } else { packages },
        cores: distinct(|thread| thread.first_sibling),
        threads: counted(threads.len()),
        kinds,
        simd: simd.unwrap_or_default(),
        last_level_cache,
        governors: governors.into_iter().collect(),
        limit: limit(root, threads),
    }
}

/// The name by the kernel where it is one; else by the parts, unknown ones included; else by the chip that it names.
fn name(info: &CpuInfo, cores: &[String]) -> Option<String> {
    // What 32-bit kernels and those of Android write for every processor of an architecture.
    let filler = |name: &&str| {
        let name = name.to_lowercase();
        !((name.starts_with("arm") || name.starts_with("aarch64")) && name.contains("processor"))
            && !["unknown", "generic", "none"].contains(&name.as_str())
    };
    let told = |keys: &[&str]| keys.iter().filter_map(|key| info.first(key)).find(filler).map(str::to_owned);
    let parts = || (!cores.is_empty()).then(|| cores.join(" + "));
    // RISC-V names the core by its maker and model in `uarch`.
    told(&["model name", "Model Name", "uarch"])
        .or_else(parts)
        .or_else(|| told(&["cpu model", "cpu", "Hardware", "Processor", "vendor_id"]))
        .or_else(|| {
            let ids = ["mvendorid", "marchid"].map(|key| info.first(key));
            ids[0].zip(ids[1]).map(|(vendor, arch)| format!("unknown core {vendor}/{arch}"))
        })
}

/// A core whose part number has no name here: said, since the others alone would be another processor.
fn unknown((implementer, part): (u32, u32)) -> String {
    format!("unknown core {implementer:#04x}/{part:#05x}")
}

/// Whether what the kernel calls packages are clusters of one chip: so on ARM and RISC-V where a device tree or Android
/// describes the machine and no ACPI firmware does.
fn clusters_are_packages(root: &Root, info: &CpuInfo) -> bool {
    matches!(info.family(), Family::Arm | Family::RiscV)
        && !root.exists("sys/firmware/acpi")
        && !root.exists("sys/class/dmi/id/product_name")
}

/// What bounds this process to less than the machine.
fn limit(root: &Root, threads: &[Thread]) -> Option<CpuLimit> {
    let may = allowance(root);
    if may.rules.is_empty() {
        return None;
    }
    let allowed: Vec<u32> = threads.iter().map(|thread| thread.id).filter(|id| may.allows(*id)).collect();
    let usable = u32::try_from(may.at_once(allowed.len())).unwrap_or(u32::MAX);
    Some(CpuLimit { threads: allowed, quota: may.quota, usable, rule: may.rules.join("; ") })
}

/// What the operating system calls the processor where there is no `/proc` (macOS, Windows).
fn system_brand(root: &Root) -> Option<String> {
    if !root.is_system() || root.exists("proc/cpuinfo") {
        return None;
    }
    let system = sysinfo::System::new_with_specifics(
        sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()),
    );
    system.ok()?.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|brand| !brand.is_empty())
}
