//! Memory, operating system, virtual machine, container.

use super::identity::Identity;
use crate::device::profile::{Finding, Memory};
use crate::sysfs::{Missing, Reasons, Root, cgroup, field, or_note};
use crate::unit::Bytes;

/// Memory, the operating system's name and the kernel's release.
pub(super) fn read(
    root: &Root,
    identity: &Identity,
    reasons: &mut Reasons,
) -> (Memory, Option<String>, Option<String>) {
    if root.is_system() && !root.exists("proc/meminfo") {
        return by_sysinfo(reasons);
    }
    let info = root.text("proc/meminfo");
    let mut kib = |key: &str, name: &str| {
        let value = info.clone().and_then(|text| {
            field(&text, key)
                .and_then(|value| value.strip_suffix("kB")?.trim().parse().ok())
                .map(Bytes::from_kib)
                .ok_or_else(|| Missing::Absent(format!("'{key}' in /proc/meminfo")))
        });
        or_note(value, name, reasons)
    };
    let memory = Memory {
        total: kib("MemTotal", "memory.total"),
        available: kib("MemAvailable", "memory.available"),
        swap_total: kib("SwapTotal", "memory.swap_total"),
        swap_free: kib("SwapFree", "memory.swap_free"),
        group_limit: cgroup::memory_limit(root).map(Bytes::from_bytes),
    };
    let android = identity.android_release.as_ref().map(|release| format!("Android {release}"));
    let release = root.text("etc/os-release").or_else(|_| root.text("usr/lib/os-release"));
    let pretty = |text: String| {
        text.lines().find_map(|line| Some(line.strip_prefix("PRETTY_NAME=")?.trim_matches('"').to_owned()))
    };
    let os = match android.or_else(|| release.clone().ok().and_then(pretty)) {
        Some(os) => Some(os),
        None => or_note(Err(Missing::Absent("PRETTY_NAME in /etc/os-release".to_owned())), "os", reasons),
    };
    let kernel = or_note(root.text("proc/sys/kernel/osrelease"), "kernel", reasons);
    (memory, os, kernel)
}

/// Where there is no `/proc` (macOS, Windows).
fn by_sysinfo(reasons: &mut Reasons) -> (Memory, Option<String>, Option<String>) {
    let system = sysinfo::System::new().ok().map(|mut system| {
        system.refresh_memory();
        system
    });
    let silent = || Missing::Refused("this system does not tell it".to_owned());
    let mut known = |name: &str, read: fn(&sysinfo::System) -> u64| {
        or_note(system.as_ref().map(read).map(Bytes::from_bytes).ok_or_else(silent), name, reasons)
    };
    let memory = Memory {
        total: known("memory.total", sysinfo::System::total_memory),
        available: known("memory.available", sysinfo::System::available_memory),
        swap_total: known("memory.swap_total", sysinfo::System::total_swap),
        swap_free: known("memory.swap_free", sysinfo::System::free_swap),
        group_limit: None,
    };
    let mut text = |name: &str, told: Option<String>| or_note(told.ok_or_else(silent), name, reasons);
    let os = text("os", sysinfo::System::long_os_version().ok());
    (memory, os, text("kernel", sysinfo::System::kernel_version().ok()))
}

/// Hypervisor vendors as DMI spells them.
const HYPERVISORS: &[&str] = &[
    "QEMU",
    "KVM",
    "VMware",
    "innotek GmbH",
    "Oracle Corporation VirtualBox",
    "Xen",
    "Bochs",
    "Parallels",
    "BHYVE",
    "Amazon EC2",
    "Google Compute Engine",
    "DigitalOcean",
    "OpenStack",
    "Hetzner vServer",
    "Apple Virtualization",
    "Microsoft Corporation Virtual Machine",
    "Alibaba Cloud",
];

/// What stands for evidence where none can be had.
const BLIND: &str = "not looked for: this system has neither /proc nor /sys";

fn looked_at_nothing(root: &Root) -> bool {
    root.is_system() && !root.exists("proc") && !root.exists("sys")
}

/// Whether this is a virtual machine, in the order of systemd-detect-virt: names in the firmware, then the processor's flag.
pub(super) fn virtualisation(root: &Root, identity: &Identity) -> Finding {
    let found = |evidence: String| Finding { found: true, evidence };
    if looked_at_nothing(root) {
        return Finding { found: false, evidence: BLIND.to_owned() };
    }
    let texts: Vec<String> = identity.vendor.iter().cloned().chain(identity.model()).collect();
    let bare_metal = texts.iter().any(|text| text.contains(".metal"));
    let named = texts
        .iter()
        .find_map(|text| HYPERVISORS.iter().find(|name| text.starts_with(**name)).map(|name| (text, *name)));
    if let Some((text, name)) = named.filter(|_| !bare_metal) {
        return found(format!("DMI names '{text}', which is {name}"));
    }
    if let Ok(kind) = root.text("sys/hypervisor/type") {
        return found(format!("/sys/hypervisor/type is '{kind}'"));
    }
    // Phones have such a node for their own security hypervisor, so its name must be one that runs guests.
    let node = root.text("proc/device-tree/hypervisor/compatible").unwrap_or_default();
    if ["linux,kvm", "xen", "vmware"].iter().any(|name| node.contains(name)) {
        return found(format!("the device tree's hypervisor node is '{}'", node.replace('\0', " ")));
    }
    if let Some(name) =
        identity.device_tree_compatible.iter().find(|name| name.contains("dummy-virt") || name.starts_with("qemu"))
    {
        return found(format!("the device tree is compatible with '{name}'"));
    }
    if root.text("proc/sys/kernel/osrelease").is_ok_and(|kernel| kernel.to_lowercase().contains("microsoft")) {
        return found("the kernel is that of WSL".to_owned());
    }
    let info = root.text("proc/cpuinfo").unwrap_or_default();
    if field(&info, "flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor")) {
        return found("the processor has the flag 'hypervisor'".to_owned());
    }
    Finding {
        found: false,
        evidence: "neither DMI, /sys/hypervisor, the device tree, the kernel's name nor the processor's flags name one"
            .to_owned(),
    }
}

/// Whether this process runs in a container.
pub(super) fn container(root: &Root) -> Finding {
    let found = |evidence: &str| Finding { found: true, evidence: evidence.to_owned() };
    if looked_at_nothing(root) {
        return Finding { found: false, evidence: BLIND.to_owned() };
    }
    for mark in [".dockerenv", "run/.containerenv", "run/systemd/container"] {
        if root.exists(mark) {
            return found(&format!("/{mark} exists"));
        }
    }
    let environment = root.bytes("proc/1/environ").unwrap_or_default();
    if environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(b"container=")) {
        return found("the first process has the variable 'container'");
    }
    let groups = root.text("proc/1/cgroup").unwrap_or_default();
    match ["docker", "lxc", "kubepods", "libpod"].iter().find(|name| groups.contains(**name)) {
        Some(name) => found(&format!("the control group of the first process names {name}")),
        None => Finding {
            found: false,
            evidence: "no mark of Docker, Podman, LXC, systemd-nspawn or Kubernetes".to_owned(),
        },
    }
}
