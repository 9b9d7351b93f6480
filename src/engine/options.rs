//! How a model is loaded, and how a context is made.

use serde::{Deserialize, Serialize};

use super::{FlashAttention, KvType};

/// How a model is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOptions {
    /// Layers to offload to a GPU; 0 keeps everything on the CPU.
    pub n_gpu_layers: u32,
    /// Map the file instead of reading it.
    pub mmap: bool,
    /// The devices that may take part beside the CPU, by the engine's names; `None` leaves the choice to the engine.
    pub devices: Option<Vec<String>>,
    /// Hand large multiplications of layers on the CPU to a device.
    pub op_offload: bool,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self::with_layers(0)
    }
}

impl ModelOptions {
    /// With so many layers on a device. Without one the CPU does all the work: llama.cpp would hand large multiplications to
    /// any device that it sees.
    #[must_use]
    pub fn with_layers(n_gpu_layers: u32) -> Self {
        Self { n_gpu_layers, mmap: true, devices: None, op_offload: n_gpu_layers > 0 }
    }
}

/// How a context is made. The defaults are llama-bench's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContextOptions {
    /// Context length in tokens, shared by all sequences.
    pub n_ctx: u32,
    /// Logical batch: most tokens in one `Session::decode`.
    pub n_batch: u32,
    /// Physical batch: most tokens computed at once.
    pub n_ubatch: u32,
    /// Threads for decode and for prefill.
    pub threads: u32,
    /// Flash attention as it is asked for.
    pub flash_attention: FlashAttention,
    /// Key cache type.
    pub type_k: KvType,
    /// Value cache type.
    pub type_v: KvType,
    /// Sequences that may live at once (their cells are shared: a unified cache).
    pub n_seq_max: u32,
    /// Keep the full cache for sliding-window layers, so that any part of it can be reused or removed.
    pub swa_full: bool,
}

impl Default for ContextOptions {
    fn default() -> Self {
        Self {
            n_ctx: 1024,
            n_batch: 2048,
            n_ubatch: 512,
            threads: 1,
            flash_attention: FlashAttention::Auto,
            type_k: KvType::F16,
            type_v: KvType::F16,
            n_seq_max: 1,
            swa_full: false,
        }
    }
}
