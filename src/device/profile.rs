//! One concrete machine, as found.

use serde::{Deserialize, Serialize};

use super::class::DeviceClass;
use crate::sysfs::Reasons;
use crate::unit::{Bytes, Celsius, Hertz};

/// Version of the profile's layout.
pub const SCHEMA: u32 = 1;

/// What is known of a machine. `None` has its reason in `reasons` under the field's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeviceProfile {
    /// Version of this layout.
    pub schema: u32,
    /// Class.
    pub class: DeviceClass,
    /// The rule that chose the class, as a sentence.
    pub class_rule: String,
    /// The machine as its maker calls it (device tree, DMI or Android).
    pub model: Option<String>,
    /// Processor.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
    /// Operating system, as it calls itself.
    pub os: Option<String>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Whether this is a virtual machine, and what says so.
    pub virtualisation: Finding,
    /// Whether this process runs in a container, and what says so.
    pub container: Finding,
    /// Temperature sensors (thermal zones) and what they showed.
    pub thermal_zones: Vec<ThermalZone>,
    /// Batteries and chargers.
    pub power_supplies: Vec<PowerSupply>,
    /// Energy sources, with why each is missing; filled by whoever can open them.
    pub energy_sources: Vec<EnergySource>,
    /// Why a value is absent.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
}

impl DeviceProfile {
    /// What the device calls itself: its model, else its chip, else its processor.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let names = [&self.model, &self.cpu.soc, &self.cpu.name];
        names.into_iter().flatten().next().map(String::as_str)
    }
}

/// The processor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cpu {
    /// Model name of the processor, or of its cores on ARM.
    pub name: Option<String>,
    /// System on chip, where a device tree or Android names it.
    pub soc: Option<String>,
    /// Architecture that this program was compiled for (`x86_64`, `aarch64`).
    pub architecture: String,
    /// Sockets.
    pub sockets: u32,
    /// Physical cores.
    pub cores: u32,
    /// Hardware threads online.
    pub threads: u32,
    /// Cores by kind, fastest first.
    pub kinds: Vec<CoreKind>,
    /// Vector instruction sets, by the kernel's names.
    pub simd: Vec<String>,
    /// Size of all last-level caches together.
    pub last_level_cache: Option<Bytes>,
    /// Frequency governors in use, without repetition.
    pub governors: Vec<String>,
    /// What bounds this process to less than all of it; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<CpuLimit>,
}

/// Bounds on the processors of this process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CpuLimit {
    /// Hardware threads that it is allowed, by number.
    pub threads: Vec<u32>,
    /// Quota in processors; null without one.
    pub quota: Option<f64>,
    /// Threads that can compute at the same time.
    pub usable: u32,
    /// What says so: affinity, cpuset, quota.
    pub rule: String,
}

/// Cores of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CoreKind {
    /// `big`, `middle`, `little`; `all` where there is one kind.
    pub name: String,
    /// Hardware threads of this kind, by number.
    pub threads: Vec<u32>,
    /// Relative capacity that the scheduler works with (1024 = the fastest core).
    pub capacity: Option<u32>,
    /// Least frequency of the hardware.
    pub min_frequency: Option<Hertz>,
    /// Greatest frequency of the hardware.
    pub max_frequency: Option<Hertz>,
    /// Name of the core, where its part number is known (`Cortex-A76`).
    pub core: Option<String>,
}

/// Memory of the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Memory {
    /// What the kernel manages.
    pub total: Option<Bytes>,
    /// What a new process could take without swapping.
    pub available: Option<Bytes>,
    /// Swap space.
    pub swap_total: Option<Bytes>,
    /// Free swap space.
    pub swap_free: Option<Bytes>,
    /// The limit of the control group this process is in; `None` without a limit.
    pub group_limit: Option<Bytes>,
}

/// Yes or no, with the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The answer.
    pub found: bool,
    /// What says so.
    pub evidence: String,
}

/// One thermal zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ThermalZone {
    /// Its type, by the kernel.
    pub name: String,
    /// What it showed; `None` where it showed nothing plausible.
    pub celsius: Option<Celsius>,
}

/// One battery or charger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PowerSupply {
    /// Name below `/sys/class/power_supply`.
    pub name: String,
    /// `Battery`, `Mains`, `USB`, …
    pub kind: String,
    /// `Charging`, `Discharging`, … for a battery.
    pub status: Option<String>,
    /// Charge in percent, for a battery.
    pub capacity_percent: Option<f64>,
    /// Whether a charger is connected, for a charger.
    pub online: Option<bool>,
}

/// One source of energy figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EnergySource {
    /// Its name, such as `rapl`.
    pub source: String,
    /// Its tier, A (best) to D.
    pub tier: String,
    /// How energy is had from it.
    pub method: String,
    /// Readings per second.
    pub rate_hz: f64,
    /// What it covers; `None` when it is missing.
    pub scope: Option<String>,
    /// Why it is missing; `None` when it is there.
    pub reason: Option<String>,
}
