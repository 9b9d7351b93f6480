//! A device as a document tells of it: as probed here, or as far as another tool named it.

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::class::DeviceClass;
use super::compute::ComputeProbe;
use super::profile::DeviceProfile;
use crate::file::json::read_part;

/// The device of a document.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum DeviceRecord {
    /// As probed.
    Probed(Box<ProbedDevice>),
    /// As far as another tool told.
    Imported(ImportedDevice),
}

/// A device as probed; the fields of its profile stand beside these.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ProbedDevice {
    /// The profile.
    #[serde(flatten)]
    pub profile: DeviceProfile,
    /// What people call the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Measured bandwidth and compute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<ComputeProbe>,
}

/// What llama-bench tells of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedDevice {
    /// The accelerator, else the processor.
    pub name: Option<String>,
    /// The processor.
    pub cpu: ImportedProcessor,
    /// The accelerator.
    pub gpu: Option<String>,
}

/// The processor of an imported report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedProcessor {
    /// Its name.
    pub name: Option<String>,
}

impl<'de> Deserialize<'de> for DeviceRecord {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        // By way of a value: an entry of a journal is told by its `type`, and has no text of its own any more.
        Self::of(&Value::deserialize(reader)?.to_string()).map_err(D::Error::custom)
    }
}

/// What tells a probed device from an imported one.
#[derive(Deserialize)]
struct Kind {
    class: Option<IgnoredAny>,
}

/// What stands beside the profile of a probed device.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    measured: Option<ComputeProbe>,
}

impl ProbedDevice {
    /// The profile and what stands beside it, from one object. A derived reader of a flattened part would be made a second
    /// time for every type within.
    fn of(device: &str) -> Result<Self, String> {
        let Beside { name, measured } = read_part(device)?;
        Ok(Self { profile: read_part(device)?, name, measured })
    }
}

impl From<DeviceProfile> for DeviceRecord {
    fn from(profile: DeviceProfile) -> Self {
        Self::Probed(Box::new(ProbedDevice { profile, name: None, measured: None }))
    }
}

impl DeviceRecord {
    /// From the text of an object, by the class, which only a probe gives: an untagged reader could not say what is wrong.
    pub(crate) fn of(device: &str) -> Result<Self, String> {
        let read = match read_part(device) {
            Ok(Kind { class: None }) => read_part(device).map(Self::Imported),
            Ok(_) => ProbedDevice::of(device).map(|device| Self::Probed(Box::new(device))),
            Err(error) => Err(error),
        };
        read.map_err(|error| format!("device: {error}"))
    }

    /// The profile; `None` where nobody probed.
    #[must_use]
    pub fn profile(&self) -> Option<&DeviceProfile> {
        self.probed().map(|device| &device.profile)
    }

    /// The device as probed; `None` where nobody probed.
    #[must_use]
    pub fn probed(&self) -> Option<&ProbedDevice> {
        match self {
            Self::Probed(device) => Some(device),
            Self::Imported(_) => None,
        }
    }

    /// What the device is called: its name, else its model, its chip, its processor.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Probed(device) => device.name.as_deref().or_else(|| device.profile.name()),
            Self::Imported(device) => device.name.as_deref().or(device.cpu.name.as_deref()),
        }
    }

    /// The class; `None` where nobody probed.
    #[must_use]
    pub fn class(&self) -> Option<DeviceClass> {
        self.profile().map(|profile| profile.class)
    }

    /// The processor's name.
    #[must_use]
    pub fn processor(&self) -> Option<&str> {
        match self {
            Self::Probed(device) => device.profile.cpu.name.as_deref(),
            Self::Imported(device) => device.cpu.name.as_deref(),
        }
    }

    /// The accelerator, where another tool named one.
    #[must_use]
    pub fn accelerator(&self) -> Option<&str> {
        match self {
            Self::Probed(_) => None,
            Self::Imported(device) => device.gpu.as_deref(),
        }
    }

    /// Whether a probe found a virtual machine.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.profile().is_some_and(|profile| profile.virtualisation.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imported_device_is_told_from_a_probed_one_and_a_fault_is_named() {
        let text = r#"{"name":"GPU","cpu":{"name":"CPU"},"gpu":"GPU"}"#;
        let device: DeviceRecord = serde_json::from_str(text).unwrap();
        assert_eq!((device.name(), device.processor(), device.accelerator()), (Some("GPU"), Some("CPU"), Some("GPU")));
        assert_eq!(serde_json::to_string(&device).unwrap(), text);
        let error = serde_json::from_str::<DeviceRecord>(r#"{"class":"phone"}"#).unwrap_err().to_string();
        assert!(error.starts_with("device: missing field"), "{error}");
    }
}
