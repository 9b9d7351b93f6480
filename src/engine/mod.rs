//! The inference engine behind three small traits, so that everything above runs without C++ on a deterministic double.
//!
//! [`Engine`] loads a file into a [`Model`]; a `Model` tokenises and opens a [`Session`] (a context with its KV cache);
//! a `Session` decodes batches and hands out logits. Scheduling, sharing of prefixes, sampling and timing belong to the callers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::recipe::Recipe;

#[cfg(feature = "llama")]
pub mod llama;
pub mod mock;

mod flash_attention;
#[cfg(feature = "llama")]
mod fused_attention;
mod kv_type;
#[cfg(feature = "llama")]
mod last_words;
mod options;
pub mod placement;
#[cfg(feature = "llama")]
mod scheduler;
#[cfg(feature = "llama")]
mod system_info;

pub use flash_attention::FlashAttention;
pub use kv_type::KvType;
pub use options::{ContextOptions, ModelOptions};
pub use placement::BackendShare;

/// A vocabulary index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub i32);

/// What went wrong below the engine boundary.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The file could not be loaded as a model.
    #[error("{}: the engine cannot load this model ({reason}); fetch it again, or take one of `densimeter models list`", path.display())]
    Load {
        /// The model file.
        path: PathBuf,
        /// The engine's last words, as far as it gave any.
        reason: String,
    },
    /// A context with these options could not be made.
    #[error("the engine cannot make a context of {n_ctx} tokens: {reason}")]
    Context {
        /// Requested context length in tokens.
        n_ctx: u32,
        /// The engine's reason.
        reason: String,
    },
    /// A batch did not decode.
    #[error("the engine cannot decode a batch of {tokens} tokens: {reason}")]
    Decode {
        /// Tokens in the batch.
        tokens: usize,
        /// The engine's reason.
        reason: String,
    },
    /// A file could not be quantised.
    #[error("{}: cannot be quantised to {recipe}: {reason}", path.display())]
    Quantize {
        /// The model file.
        path: PathBuf,
        /// Name of the recipe.
        recipe: String,
        /// The engine's reason.
        reason: String,
    },
    /// The request makes no sense for this engine or build.
    #[error("{0}")]
    Unsupported(String),
}

/// One token of a batch: where it goes and whether its logits are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The token.
    pub token: Token,
    /// Position in its sequences, from 0.
    pub position: u32,
    /// The sequences that it belongs to.
    pub sequences: Vec<u32>,
    /// Compute logits after this token.
    pub logits: bool,
}

/// A file to be quantised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantization {
    /// The file to read.
    pub source: PathBuf,
    /// The file to write, replaced where it exists.
    pub target: PathBuf,
    /// What to write.
    pub recipe: Recipe,
    /// Threads.
    pub threads: u32,
    /// Metadata to add: keys and values of at most 127 bytes.
    pub lineage: Vec<(String, String)>,
}

/// What a build of the engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Build {
    /// Engine and version, e.g. `llama.cpp via llama-cpp-2 0.1.160`.
    pub name: String,
    /// Instruction sets and back ends compiled in, by the engine's own names.
    pub features: Vec<String>,
}

/// A device that the engine can compute on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accelerator {
    /// The engine's name for it, e.g. `CUDA0` or `CPU`.
    pub name: String,
    /// The maker's name.
    pub description: String,
    /// Back end that drives it.
    pub backend: String,
    /// Memory in bytes.
    pub memory_total: u64,
    /// Free memory in bytes.
    pub memory_free: u64,
}

/// What a loaded model says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Vocabulary size in tokens.
    pub n_vocab: u32,
    /// Context length of the training.
    pub n_ctx_train: u32,
    /// Layers.
    pub n_layer: u32,
    /// Parameters as the engine counts them.
    pub params: u64,
    /// Bytes of the tensors.
    pub bytes: u64,
    /// Whether the file asks for a beginning-of-sequence token (`tokenizer.ggml.add_bos_token`).
    pub add_bos: bool,
}

/// An inference engine.
pub trait Engine {
    /// Name, version and features of this build.
    fn build(&self) -> Build;

    /// The devices that this build can compute on, the CPU among them.
    fn accelerators(&self) -> Vec<Accelerator>;

    /// Loads a GGUF file.
    ///
    /// # Errors
    /// [`EngineError::Load`] with the engine's own reason.
    fn load(&self, path: &Path, options: &ModelOptions) -> Result<Box<dyn Model>, EngineError>;

    /// Writes the model of `order.source` anew in another format; metadata are kept and `order.lineage` is added.
    ///
    /// # Errors
    /// [`EngineError::Quantize`] with the engine's reason; [`EngineError::Unsupported`] of an engine without a quantiser.
    fn quantize(&self, _order: &Quantization) -> Result<(), EngineError> {
        Err(EngineError::Unsupported(format!("the engine '{}' has no quantiser", self.build().name)))
    }
}

/// A loaded model.
pub trait Model {
    /// What the model says of itself.
    fn facts(&self) -> ModelFacts;

    /// The tokens of a text; no special token is added and none is recognised inside the text.
    fn tokenize(&self, text: &str) -> Vec<Token>;

    /// The tokens of a text in which special tokens are recognised; none is added.
    fn tokenize_special(&self, text: &str) -> Vec<Token>;

    /// The beginning-of-sequence token.
    fn bos(&self) -> Token;

    /// The end-of-sequence token; below 0 where the vocabulary has none.
    fn eos(&self) -> Token;

    /// Whether a token ends a generation.
    fn is_end(&self, token: Token) -> bool;

    /// The bytes that a token stands for (not always whole UTF-8 characters; control tokens give none).
    fn piece(&self, token: Token) -> Vec<u8>;

    /// The same, with the texts of control tokens.
    fn shown(&self, token: Token) -> Vec<u8>;

    /// Opens a context.
    ///
    /// # Errors
    /// [`EngineError::Context`] with the engine's reason.
    fn session<'model>(&'model self, options: &ContextOptions) -> Result<Box<dyn Session + 'model>, EngineError>;

    /// Which back end does what of the work on a batch, in a context of its own that is closed again; `None` where the engine
    /// does not tell.
    ///
    /// # Errors
    /// Those of [`Model::session`] and [`Session::decode`].
    fn placement(&self, _options: &ContextOptions, _batch: &[Slot]) -> Result<Option<Vec<BackendShare>>, EngineError> {
        Ok(None)
    }
}

/// A context with its KV cache.
pub trait Session {
    /// Decodes a batch of at most `n_batch` tokens and waits until the work is done.
    ///
    /// # Errors
    /// [`EngineError::Decode`], for instance when no cache cell is free.
    fn decode(&mut self, batch: &[Slot]) -> Result<(), EngineError>;

    /// The logits after token `index` of the last decoded batch (which must have asked for them).
    fn logits(&self, index: usize) -> &[f32];

    /// Makes `target` share all cache cells of `source`.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] where the cache cannot.
    fn copy_sequence(&mut self, source: u32, target: u32) -> Result<(), EngineError>;

    /// Drops the cells of a sequence from a position on (0 drops it whole).
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] where the cache cannot.
    fn truncate_sequence(&mut self, sequence: u32, from: u32) -> Result<(), EngineError>;

    /// Empties the cache.
    fn clear(&mut self);

    /// Whether this context uses flash attention; `None` where the engine was to choose and does not tell.
    fn flash_attention(&self) -> Option<bool>;
}
