//! What kind of device a machine is, and the rule that says so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Kinds of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceClass {
    /// A telephone.
    Phone,
    /// A tablet computer.
    Tablet,
    /// A single-board computer (Raspberry Pi and its kin).
    Sbc,
    /// A module with an accelerator for embedding (Jetson and its kin).
    EdgeModule,
    /// A portable computer with a battery.
    Laptop,
    /// A personal computer on the mains.
    Desktop,
    /// A server, or a virtual machine on one.
    Server,
    /// No rule applied.
    Unknown,
}

impl DeviceClass {
    /// Every class, [`DeviceClass::Unknown`] last.
    pub const ALL: [Self; 8] = [
        Self::Phone,
        Self::Tablet,
        Self::Sbc,
        Self::EdgeModule,
        Self::Laptop,
        Self::Desktop,
        Self::Server,
        Self::Unknown,
    ];

    /// The name used in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Sbc => "sbc",
            Self::EdgeModule => "edge-module",
            Self::Laptop => "laptop",
            Self::Desktop => "desktop",
            Self::Server => "server",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for DeviceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Text that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a device class (phone, tablet, sbc, edge-module, laptop, desktop, server)")]
pub struct UnknownClass(pub String);

impl FromStr for DeviceClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|class| class.name() == text).ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

/// What the rules look at.
#[derive(Debug, Clone, Default)]
pub(super) struct ClassEvidence<'a> {
    pub(super) android: Option<&'a str>,
    /// The kernel's release, where no property says that this is Android.
    pub(super) android_kernel: Option<&'a str>,
    /// `chassis-type` of the device tree.
    pub(super) chassis: Option<&'a str>,
    pub(super) soc: Option<&'a str>,
    pub(super) device_tree_model: Option<&'a str>,
    pub(super) virtual_because: Option<&'a str>,
    pub(super) chassis_type: Option<u32>,
    pub(super) battery: bool,
    pub(super) sockets: u32,
    pub(super) cpu: Option<&'a str>,
}

/// Applies the rules in order; the first that fits decides. Returns the class and the rule as a sentence.
pub(super) fn classify(evidence: &ClassEvidence<'_>) -> (DeviceClass, String) {
    use DeviceClass::{Desktop, EdgeModule, Laptop, Phone, Sbc, Server, Tablet, Unknown};
    if let Some(characteristics) = evidence.android {
        return if characteristics.split(',').any(|word| word.trim() == "tablet") {
            (Tablet, "Android, and its build characteristics name a tablet.".to_owned())
        } else {
            (Phone, "Android, and its build characteristics name no tablet.".to_owned())
        };
    }
    if let Some(why) = evidence.virtual_because {
        return (Server, format!("A virtual machine ({why}): counted as a share of a server, whatever the host is."));
    }
    let named = |kernel: &&str| ["android", "proot"].iter().any(|mark| kernel.to_lowercase().contains(mark));
    if let Some(kernel) = evidence.android_kernel.filter(named) {
        return (Phone, format!("The kernel '{kernel}' is one of Android's, or stands before one (proot)."));
    }
    if let Some(model) = evidence.device_tree_model {
        let lower = model.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let modules = ["jetson", "orin", "xavier", "coral", "hailo"];
        // The device tree specification's words.
        let told = match evidence.chassis.filter(|_| !names(&modules)) {
            Some("handset" | "watch") => Some(Phone),
            Some("tablet") => Some(Tablet),
            Some("laptop" | "convertible" | "detachable") => Some(Laptop),
            Some("desktop" | "all-in-one") => Some(Desktop),
            Some("server") => Some(Server),
            _ => None,
        };
        if let (Some(class), Some(chassis)) = (told, evidence.chassis) {
            return (class, format!("The device tree's chassis-type is '{chassis}' (model '{model}')."));
        }
        // Qualcomm's chips for phones; those for laptops are named sc and x1.
        let of_phones = |soc: &str| ["qcom,sdm", "qcom,msm", "qcom,sm"].iter().any(|begin| soc.starts_with(begin));
        let laptop = names(&["book", "laptop", "yoga", "thinkpad", "surface", "miix"]);
        let class = match () {
            () if names(&modules) => EdgeModule,
            () if !laptop && evidence.battery && evidence.soc.is_some_and(of_phones) && !names(&["tab", "pad"]) => {
                Phone
            }
            () if names(&["phone"]) => Phone,
            () if names(&["tab", "ipad"]) && evidence.battery => Tablet,
            () if laptop || evidence.battery => Laptop,
            () if names(&["mac mini", "mac studio", "imac", "mac pro"]) => Desktop,
            () => Sbc,
        };
        let battery = if evidence.battery { "with" } else { "without" };
        return (class, format!("A device tree (model '{model}') {battery} a battery."));
    }
    if let Some(kind) = evidence.chassis_type {
        let class = match kind {
            8..=10 | 14 | 31 | 32 => Some((Laptop, "portable")),
            11 | 30 => Some((Tablet, "handheld or tablet")),
            3..=7 | 13 | 15 | 16 | 24 | 35 | 36 => Some((Desktop, "desktop")),
            17 | 22 | 23 | 25 | 28 | 29 => Some((Server, "server or rack")),
            33 | 34 => Some((Sbc, "embedded")),
            _ => None,
        };
        if let Some((class, kind_name)) = class {
            return (class, format!("The firmware's SMBIOS chassis type is {kind} ({kind_name})."));
        }
    }
    if evidence.battery {
        return (Laptop, "No chassis type that tells, but a battery.".to_owned());
    }
    let server_cpu = |cpu: &&str| ["Xeon", "EPYC", "Neoverse", "Ampere"].iter().any(|word| cpu.contains(word));
    if let Some(cpu) = evidence.cpu.filter(server_cpu) {
        return (Server, format!("No chassis type that tells, but a server processor ({cpu})."));
    }
    if evidence.sockets > 1 {
        return (Server, format!("No chassis type that tells, but {} processor sockets.", evidence.sockets));
    }
    (Unknown, "No Android, no device tree, no chassis type, no battery, no server processor.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(evidence: ClassEvidence<'_>) -> DeviceClass {
        classify(&evidence).0
    }

    #[test]
    fn names_read_back() {
        for class in DeviceClass::ALL {
            assert_eq!(class.name().parse(), Ok(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
        assert!("mainframe".parse::<DeviceClass>().is_err());
    }

    #[test]
    fn device_trees() {
        let tree = |model| ClassEvidence { device_tree_model: Some(model), ..Default::default() };
        assert_eq!(class(tree("Raspberry Pi 4 Model B Rev 1.4")), DeviceClass::Sbc);
        assert_eq!(class(tree("NVIDIA Jetson Orin Nano Developer Kit")), DeviceClass::EdgeModule);
        assert_eq!(class(tree("Apple Mac mini (M1, 2020)")), DeviceClass::Desktop);
        assert_eq!(class(ClassEvidence { battery: true, ..tree("Pine64 Pinebook Pro") }), DeviceClass::Laptop);
        assert_eq!(class(ClassEvidence { battery: true, ..tree("Pine64 PinePhone (1.2)") }), DeviceClass::Phone);
    }

    #[test]
    fn a_device_tree_that_names_its_build_is_believed() {
        let tree = |chassis| ClassEvidence {
            device_tree_model: Some("OnePlus 6"),
            chassis: Some(chassis),
            battery: true,
            ..Default::default()
        };
        for (chassis, expected) in
            [("handset", "phone"), ("tablet", "tablet"), ("convertible", "laptop"), ("server", "server")]
        {
            assert_eq!(class(tree(chassis)).name(), expected, "{chassis}");
        }
        // An older kernel's tree says nothing; its chip is a phone's.
        let silent = ClassEvidence { chassis: None, soc: Some("qcom,sdm845"), ..tree("") };
        assert_eq!(class(silent), DeviceClass::Phone);
    }

    #[test]
    fn a_container_on_a_phone_is_a_phone() {
        let proot = ClassEvidence { android_kernel: Some("6.17.0-PRoot-Distro"), sockets: 3, ..Default::default() };
        assert_eq!(class(proot), DeviceClass::Phone);
    }

    #[test]
    fn smbios_chassis_types() {
        let chassis = |kind| ClassEvidence { chassis_type: Some(kind), ..Default::default() };
        for (kind, expected) in
            [(10, "laptop"), (31, "laptop"), (3, "desktop"), (35, "desktop"), (23, "server"), (30, "tablet")]
        {
            assert_eq!(class(chassis(kind)).name(), expected, "chassis type {kind}");
        }
        // 1 is Other and 2 Unknown in SMBIOS.
        assert_eq!(class(chassis(2)), DeviceClass::Unknown);
        assert_eq!(class(ClassEvidence { battery: true, ..chassis(1) }), DeviceClass::Laptop);
    }
}
