//! The processor: name, system on chip, vector instruction sets.

use std::collections::BTreeSet;

use super::identity::Identity;
use crate::device::profile::Cpu;
use crate::device::topology::{self, Thread};
use crate::sysfs::{Reasons, Root, field};

/// Instruction sets that bear on inference, by the kernel's names; the rest of the flags is noise here.
const SIMD: &[&str] = &[
    // x86
    "pni",
    "ssse3",
    "sse4_1",
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "bmi2",
    "avx_vnni",
    "avx512f",
    "avx512cd",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512vbmi",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "amx_int8",
    "amx_bf16", // ARM
    "neon",
    "vfpv4",
    "asimd",
    "asimdhp",
    "fphp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
    "sve2",
    "svei8mm",
    "sme",
    "sme2",
];

/// ARM's cores by implementer and part number, from the kernel's `arch/arm64/include/asm/cputype.h`.
const ARM_CORES: &[(u32, u32, &str)] = &[
    (0x41, 0xd03, "Cortex-A53"),
    (0x41, 0xd04, "Cortex-A35"),
    (0x41, 0xd05, "Cortex-A55"),
    (0x41, 0xd07, "Cortex-A57"),
    (0x41, 0xd08, "Cortex-A72"),
    (0x41, 0xd09, "Cortex-A73"),
    (0x41, 0xd0a, "Cortex-A75"),
    (0x41, 0xd0b, "Cortex-A76"),
    (0x41, 0xd0c, "Neoverse-N1"),
    (0x41, 0xd0d, "Cortex-A77"),
    (0x41, 0xd40, "Neoverse-V1"),
    (0x41, 0xd41, "Cortex-A78"),
    (0x41, 0xd42, "Cortex-A78AE"),
    (0x41, 0xd44, "Cortex-X1"),
    (0x41, 0xd46, "Cortex-A510"),
    (0x41, 0xd47, "Cortex-A710"),
    (0x41, 0xd48, "Cortex-X2"),
    (0x41, 0xd49, "Neoverse-N2"),
    (0x41, 0xd4d, "Cortex-A715"),
    (0x41, 0xd4e, "Cortex-X3"),
    (0x41, 0xd4f, "Neoverse-V2"),
    (0x41, 0xd80, "Cortex-A520"),
    (0x41, 0xd81, "Cortex-A720"),
    (0x41, 0xd82, "Cortex-X4"),
    (0x41, 0xd85, "Cortex-X925"),
    (0x41, 0xd87, "Cortex-A725"),
];

pub(super) fn read(root: &Root, threads: &[Thread], identity: &Identity, reasons: &mut Reasons) -> Cpu {
    let info = match root.text("proc/cpuinfo") {
        Ok(text) => text,
        Err(why) => {
            reasons.insert("cpu.simd".to_owned(), why.to_string());
            String::new()
        }
    };
    let mut kinds = topology::kinds(threads);
    let mut cores = Vec::new();
    for kind in &mut kinds {
        kind.core = kind.threads.first().and_then(|thread| arm_core(&info, *thread)).map(str::to_owned);
        cores.extend(kind.core.clone());
    }
    let name = ["model name", "Hardware", "cpu model"]
        .iter()
        .find_map(|key| field(&info, key))
        .map(str::to_owned)
        .or_else(|| (!cores.is_empty()).then(|| cores.join(" + ")))
        .or_else(|| system_brand(root));
    if name.is_none() {
        reasons.insert("cpu.name".to_owned(), "/proc/cpuinfo names no model and no known core".to_owned());
    }
    let flags: BTreeSet<&str> =
        ["flags", "Features"].iter().find_map(|key| field(&info, key)).unwrap_or("").split(' ').collect();
    let policies = root.numbered("sys/devices/system/cpu/cpufreq", "policy");
    let governors: BTreeSet<String> =
        policies.iter().filter_map(|(_, policy)| root.text(&format!("{policy}/scaling_governor")).ok()).collect();
    if governors.is_empty() {
        let why = "no cpufreq policy in /sys/devices/system/cpu/cpufreq: the kernel does not steer the frequency";
        reasons.insert("cpu.governors".to_owned(), why.to_owned());
    }
    let last_level_cache = topology::last_level_cache(root, threads);
    if last_level_cache.is_none() {
        reasons.insert(
            "cpu.last_level_cache".to_owned(),
            "the kernel describes no cache in /sys/devices/system/cpu".to_owned(),
        );
    }
    let soc = identity.android_soc.clone().or_else(|| {
        // The last name in the list is the most general one: the chip, after the board.
        identity.device_tree_compatible.last().cloned()
    });
    if soc.is_none() {
        reasons
            .insert("cpu.soc".to_owned(), "no device tree and no Android property names a system on chip".to_owned());
    }
    let counted = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let distinct = |key: fn(&Thread) -> u32| counted(threads.iter().map(key).collect::<BTreeSet<u32>>().len());
    Cpu {
        name,
        soc,
        architecture: std::env::consts::ARCH.to_owned(),
        sockets: distinct(|thread| thread.socket).max(1),
        cores: distinct(|thread| thread.first_sibling),
        threads: counted(threads.len()),
        kinds,
        simd: SIMD.iter().filter(|name| flags.contains(*name)).map(|name| (*name).to_owned()).collect(),
        last_level_cache,
        governors: governors.into_iter().collect(),
    }
}

/// The name of an ARM core by the part number in its paragraph of `/proc/cpuinfo`.
fn arm_core(info: &str, thread: u32) -> Option<&'static str> {
    let paragraph =
        info.split("\n\n").find(|text| field(text, "processor").is_some_and(|n| n == thread.to_string()))?;
    let hex = |key: &str| u32::from_str_radix(field(paragraph, key)?.strip_prefix("0x")?, 16).ok();
    let (implementer, part) = (hex("CPU implementer")?, hex("CPU part")?);
    ARM_CORES.iter().find(|(i, p, _)| (*i, *p) == (implementer, part)).map(|(_, _, name)| *name)
}

/// What the operating system calls the processor where there is no `/proc` (macOS).
fn system_brand(root: &Root) -> Option<String> {
    if !root.is_system() || root.exists("proc/cpuinfo") {
        return None;
    }
    let system = sysinfo::System::new_with_specifics(
        sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()),
    );
    system.ok()?.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|brand| !brand.is_empty())
}
