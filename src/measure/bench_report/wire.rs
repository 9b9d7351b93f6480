//! Engine, model and settings on the wire, where an imported report lacks what a run knows.

use serde::{Deserialize, Serialize};

use crate::bench::plan::Settings;
use crate::engine::{Build, FlashAttention};
use crate::measure::journal::RunModel;

/// A model that takes part in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ModelReport {
    /// Catalogue id, or the file's name.
    pub id: String,
    /// SHA-256 of the file, hexadecimal; null in an imported report.
    pub sha256: Option<String>,
    /// Parameters counted from the tensors.
    pub params: u64,
    /// Bytes of the file; in an imported report those of its tensors.
    pub bytes: u64,
    /// Bits of tensor data per parameter.
    pub bits_per_weight: f64,
    /// Elements of key and of value cache per token, from the header; null where it does not say.
    pub kv_elements: Option<(u64, u64)>,
    /// Whether these are an upper bound: some layers keep only a window of the context.
    #[serde(default)]
    pub kv_upper_bound: bool,
}

impl From<&RunModel> for ModelReport {
    fn from(model: &RunModel) -> Self {
        Self {
            id: model.id.clone(),
            sha256: Some(model.sha256.clone()),
            params: model.params,
            bytes: model.bytes,
            bits_per_weight: model.bits_per_weight,
            kv_elements: model.kv_elements,
            kv_upper_bound: model.kv_upper_bound,
        }
    }
}

/// What the engine was told, and what it made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SettingsReport {
    /// Threads, the same for prefill and decode.
    pub threads: u32,
    /// Logical batch in tokens (`-b`).
    pub n_batch: u32,
    /// Physical batch in tokens (`-ub`).
    pub n_ubatch: u32,
    /// Whether the row used flash attention; null where the engine was to choose and nothing tells what it chose.
    pub flash_attention: Option<bool>,
    /// Flash attention as it was asked for (`-fa`): `true`, `false` or `"auto"`; null in reports from before the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flash_attention_asked: Option<FlashAttention>,
    /// Key cache type (`-ctk`), by llama.cpp's name.
    pub type_k: String,
    /// Value cache type (`-ctv`).
    pub type_v: String,
    /// Layers on a GPU (`-ngl`); null where llama.cpp chose and the report does not tell how many.
    pub n_gpu_layers: Option<u32>,
    /// The devices that might take part beside the CPU (`-dev`), by the engine's names; null where the engine chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<String>>,
    /// Whether large multiplications of layers on the CPU went to a device (`-nopo 0`); null where nothing else was asked
    /// for than the default: only with layers on a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op_offload: Option<bool>,
}

impl SettingsReport {
    /// What was asked for, and what became of flash attention; `None` where no worker told.
    #[must_use]
    pub fn of(settings: &Settings, flash_attention: Option<bool>) -> Self {
        Self {
            threads: settings.threads,
            n_batch: settings.n_batch,
            n_ubatch: settings.n_ubatch,
            flash_attention: flash_attention.or(settings.flash_attention.given()),
            flash_attention_asked: Some(settings.flash_attention),
            type_k: settings.type_k.to_string(),
            type_v: settings.type_v.to_string(),
            n_gpu_layers: Some(settings.n_gpu_layers),
            devices: settings.devices.clone(),
            op_offload: settings.op_offload,
        }
    }
}

impl SettingsReport {
    /// The devices as they are typed (`-dev`): `none`, `Vulkan0/Vulkan1`; `None` where the engine chose.
    #[must_use]
    pub fn devices_asked(&self) -> Option<String> {
        let names = self.devices.as_ref()?;
        Some(if names.is_empty() { "none".to_owned() } else { names.join("/") })
    }
}

/// The engine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EngineReport {
    /// Name and version.
    pub build: String,
    /// Instruction sets and back ends compiled in.
    pub features: Vec<String>,
}

impl From<Build> for EngineReport {
    fn from(build: Build) -> Self {
        Self { build: build.name, features: build.features }
    }
}
