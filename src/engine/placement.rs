//! Where the work of a graph ran: one share for each back end that took part.

use serde::{Deserialize, Serialize};

use super::{Accelerator, EngineError};
use crate::sanitize::printable;

/// The engine's name of the processor itself.
pub const CPU: &str = "CPU";

/// Share of the work that is not told of: a lookup, a copy.
pub const CRUMB: f64 = 0.01;

/// Longest name of a device that is kept.
const LONGEST_NAME: usize = 80;

impl Accelerator {
    /// Whether this is the processor itself.
    #[must_use]
    pub fn is_cpu(&self) -> bool {
        self.backend == CPU
    }
}

/// What one back end did of a graph, by the assignments of the engine's own scheduler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BackendShare {
    /// The engine's name of the device, e.g. `CPU`, `Vulkan0`, `CUDA0`.
    pub backend: String,
    /// The device's own name, e.g. `NVIDIA H200`; null where the engine does not tell.
    #[serde(default)]
    pub device: Option<String>,
    /// Share of the model's layers most of whose work it did, 0 to 1.
    pub layers: f64,
    /// Share of the graph's multiplications, each weighted by the bytes of what is multiplied by (the weights, or the keys
    /// that attention looks at), 0 to 1.
    pub work: f64,
    /// Bytes that the engine allocated on the device for weights, cache and intermediate results; null for the CPU, whose
    /// memory is that of the process.
    pub memory: Option<u64>,
}

impl BackendShare {
    /// All of it on the CPU: an engine that sees no other device has no choice.
    #[must_use]
    pub fn all_on_the_cpu() -> Vec<Self> {
        vec![Self { backend: CPU.to_owned(), device: None, layers: 1.0, work: 1.0, memory: None }]
    }
}

/// The shares with the names of their devices.
#[must_use]
pub fn named(mut shares: Vec<BackendShare>, devices: &[Accelerator]) -> Vec<BackendShare> {
    for share in &mut shares {
        let device = devices.iter().find(|device| device.name == share.backend);
        share.device = device.map(|device| printable(&device.description, LONGEST_NAME));
    }
    shares
}

/// What a row is called by: the back end that was asked, or all that did at least a hundredth of the work, where that is more
/// or another: `CPU+Vulkan0`, the busiest first.
#[must_use]
pub fn label(asked: &str, shares: &[BackendShare]) -> String {
    let busy = busiest(shares);
    let on_devices = busy.iter().filter(|share| share.backend != CPU).count();
    let as_asked = if asked == CPU { on_devices == 0 } else { on_devices == busy.len() && on_devices == 1 };
    if busy.is_empty() || as_asked {
        return asked.to_owned();
    }
    busy.iter().map(|share| share.backend.as_str()).collect::<Vec<_>>().join("+")
}

fn busiest(shares: &[BackendShare]) -> Vec<&BackendShare> {
    let mut busy: Vec<&BackendShare> = shares.iter().filter(|share| share.work >= CRUMB).collect();
    busy.sort_by(|a, b| b.work.total_cmp(&a.work));
    busy
}

/// Share of the layers that ran on devices.
#[must_use]
pub fn layers_on_devices(shares: &[BackendShare]) -> f64 {
    shares.iter().filter(|share| share.backend != CPU).map(|share| share.layers).sum()
}

/// Share of the work that ran on devices.
#[must_use]
pub fn work_on_devices(shares: &[BackendShare]) -> f64 {
    shares.iter().filter(|share| share.backend != CPU).map(|share| share.work).sum()
}

/// The back ends that did at least a hundredth of the work, the busiest first: `Vulkan0`, `Vulkan0 67 %, CPU 33 %`.
#[must_use]
pub fn sentence(shares: &[BackendShare]) -> String {
    match busiest(shares).as_slice() {
        [one] => one.backend.clone(),
        many => {
            let said: Vec<String> =
                many.iter().map(|share| format!("{} {:.0} %", share.backend, share.work * 100.0)).collect();
            said.join(", ")
        }
    }
}

/// The places of the named devices in the engine's list.
///
/// # Errors
/// [`EngineError::Unsupported`] for a name that the list lacks, with those that it has.
pub fn device_numbers(devices: &[Accelerator], names: &[String]) -> Result<Vec<usize>, EngineError> {
    let number = |name: &String| devices.iter().position(|device| device.name == *name && !device.is_cpu());
    names.iter().map(|name| number(name).ok_or_else(|| unknown(devices, name))).collect()
}

fn unknown(devices: &[Accelerator], name: &str) -> EngineError {
    let known: Vec<&str> =
        devices.iter().filter(|device| !device.is_cpu()).map(|device| device.name.as_str()).collect();
    let known =
        if known.is_empty() { "this build sees none".to_owned() } else { format!("there are {}", known.join(", ")) };
    EngineError::Unsupported(format!(
        "no device '{name}' (-dev): {known} (`densimeter bench --list-devices`); the CPU alone is none"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_as_the_engine_names_them() {
        let device = |name: &str| Accelerator {
            name: name.to_owned(),
            description: String::new(),
            backend: name.trim_end_matches(char::is_numeric).to_owned(),
            memory_total: 0,
            memory_free: 0,
        };
        let devices = [device("Vulkan0"), device("Vulkan1"), device("CPU")];
        let numbers =
            |names: &[&str]| device_numbers(&devices, &names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(numbers(&["Vulkan1", "Vulkan0"]).unwrap(), [1, 0]);
        assert!(numbers(&[]).unwrap().is_empty());
        let said = numbers(&["CUDA0"]).unwrap_err().to_string();
        assert!(said.contains("no device 'CUDA0' (-dev): there are Vulkan0, Vulkan1"), "{said}");
        assert!(device_numbers(&devices[2..], &["x".to_owned()]).unwrap_err().to_string().contains("sees none"));
    }

    #[test]
    fn the_busiest_back_end_comes_first_and_crumbs_are_left_out() {
        let share = |backend: &str, work| {
            let backend = backend.to_owned();
            BackendShare { backend, device: None, layers: work, work, memory: None }
        };
        let shares = [share("CPU", 0.33), share("Vulkan0", 0.668), share("BLAS", 0.002)];
        assert_eq!(sentence(&shares), "Vulkan0 67 %, CPU 33 %");
        assert_eq!(sentence(&BackendShare::all_on_the_cpu()), "CPU");
        assert_eq!(
            (label(CPU, &shares), label("Vulkan", &shares)),
            ("Vulkan0+CPU".to_owned(), "Vulkan0+CPU".to_owned())
        );
        assert_eq!(label("Vulkan", &shares[1..2]), "Vulkan");
        assert_eq!((label(CPU, &shares[..1]), label(CPU, &[])), (CPU.to_owned(), CPU.to_owned()));
        assert_eq!(label("Vulkan", &shares[..1]), CPU, "what was asked for did not happen");
        assert!((work_on_devices(&shares) - 0.67).abs() < 1e-12 && (layers_on_devices(&shares) - 0.67).abs() < 1e-12);
    }
}
