//! llama.cpp behind the engine traits: the only file that names llama-cpp-2, and the only one with `unsafe`.
//!
//! Two things are unsafe because the safe crate does not pass them on: asking llama.cpp which instruction sets it was compiled
//! with (`llama_print_system_info`; a report that guessed them would be wrong where it matters, in an ARM build without dot
//! products), and its quantiser. A third because Rust calls it so: the variable that makes its scheduler tell its work.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LogOptions, list_llama_ggml_backend_devices, send_logs_to_tracing};

use super::last_words::LastWords;
use super::placement::{self, device_numbers};
use super::system_info::features_of;
use super::{
    Accelerator, BackendShare, Build, ContextOptions, Engine, EngineError, FlashAttention, Model, ModelFacts,
    ModelOptions, Quantization, Session, Slot, Token, fused_attention, scheduler,
};
use crate::model::recipe::Kind;

/// Versions of the pinned bindings; `Cargo.toml` pins the same.
const NAME: &str = "llama.cpp (llama-cpp-2 0.1.160, llama-cpp-sys-2 0.1.161)";

/// llama.cpp is initialised once a process and never torn down before the process ends.
struct Runtime {
    backend: LlamaBackend,
    last_words: LastWords,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let last_words = LastWords::listen();
        send_logs_to_tracing(LogOptions::default());
        let backend = LlamaBackend::init().expect("nothing else in this process initialises llama.cpp");
        Runtime { backend, last_words }
    })
}

/// The engine of the `llama` feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Llama;

impl Engine for Llama {
    fn build(&self) -> Build {
        let _ = runtime();
        // SAFETY: the function takes nothing and returns a pointer to a NUL-terminated static string; llama.cpp
        // rebuilds that string on every call, and `runtime` plus the copy below keep this to one reader at a time.
        static ONE_READER: Mutex<()> = Mutex::new(());
        let guard = ONE_READER.lock().unwrap_or_else(PoisonError::into_inner);
        let info = unsafe { CStr::from_ptr(llama_cpp_sys_2::llama_print_system_info()) }.to_string_lossy().into_owned();
        drop(guard);
        Build { name: NAME.to_owned(), features: features_of(&info) }
    }

    fn accelerators(&self) -> Vec<Accelerator> {
        let _ = runtime();
        list_llama_ggml_backend_devices()
            .into_iter()
            .map(|device| Accelerator {
                name: device.name,
                description: device.description,
                backend: device.backend,
                memory_total: device.memory_total as u64,
                memory_free: device.memory_free as u64,
            })
            .collect()
    }

    fn load(&self, path: &Path, options: &ModelOptions) -> Result<Box<dyn Model>, EngineError> {
        let runtime = runtime();
        let mut params =
            LlamaModelParams::default().with_n_gpu_layers(options.n_gpu_layers).with_use_mmap(options.mmap);
        if let Some(names) = &options.devices {
            params = params.with_devices(&device_numbers(&self.accelerators(), names)?).map_err(unsupported)?;
        }
        let _ = runtime.last_words.explain("");
        scheduler::loading();
        let model = LlamaModel::load_from_file(&runtime.backend, path, &params).map_err(|error| EngineError::Load {
            path: path.to_owned(),
            reason: runtime.last_words.explain(&error.to_string()),
        })?;
        Ok(Box::new(LoadedModel { model, op_offload: options.op_offload }))
    }

    fn quantize(&self, order: &Quantization) -> Result<(), EngineError> {
        let runtime = runtime();
        let failed =
            |reason: String| EngineError::Quantize { path: order.source.clone(), recipe: order.recipe.name(), reason };
        let name = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).map_err(|e| failed(e.to_string()));
        let (source, target) = (name(&order.source)?, name(&order.target)?);
        let mut overrides = Vec::new();
        for (key, value) in &order.lineage {
            let entry = metadata(key, value).ok_or_else(|| failed(format!("the metadata `{key}` are too long")))?;
            overrides.push(entry);
        }
        overrides.push(END_OF_METADATA);
        let number = |kind: Option<Kind>| kind.map_or(llama_cpp_sys_2::GGML_TYPE_COUNT, |Kind(kind)| kind.number);
        // SAFETY: returns a plain structure.
        let mut params = unsafe { llama_cpp_sys_2::llama_model_quantize_default_params() };
        params.nthread = i32::try_from(order.threads).unwrap_or(i32::MAX);
        params.ftype = order.recipe.format.file_type();
        params.pure_ = order.recipe.pure;
        params.token_embedding_type = number(order.recipe.token_embedding);
        params.output_tensor_type = number(order.recipe.output);
        params.allow_requantize = true;
        params.kv_overrides = overrides.as_ptr();
        let _ = runtime.last_words.explain("");
        // SAFETY: both names end with NUL, the list of metadata ends with an empty key, every other pointer of the
        // structure is null, and all of them outlive the call. C++ exceptions are caught inside the function.
        let status =
            unsafe { llama_cpp_sys_2::llama_model_quantize(source.as_ptr(), target.as_ptr(), &raw const params) };
        if status == 0 { Ok(()) } else { Err(failed(runtime.last_words.explain("llama.cpp gives no reason"))) }
    }
}

/// The entry that ends a list of metadata.
const END_OF_METADATA: llama_cpp_sys_2::llama_model_kv_override = llama_cpp_sys_2::llama_model_kv_override {
    tag: llama_cpp_sys_2::LLAMA_KV_OVERRIDE_TYPE_STR,
    key: [0; 128],
    __bindgen_anon_1: llama_cpp_sys_2::llama_model_kv_override__bindgen_ty_1 { val_str: [0; 128] },
};

/// An entry of text; `None` where key or value do not fit into 127 bytes.
fn metadata(key: &str, value: &str) -> Option<llama_cpp_sys_2::llama_model_kv_override> {
    let filled = |text: &str| {
        let mut field = [0 as c_char; 128];
        (text.len() < field.len()).then(|| {
            field.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte as c_char);
            field
        })
    };
    let mut entry = END_OF_METADATA;
    entry.key = filled(key)?;
    entry.__bindgen_anon_1.val_str = filled(value)?;
    Some(entry)
}

struct LoadedModel {
    model: LlamaModel,
    op_offload: bool,
}

impl Model for LoadedModel {
    fn facts(&self) -> ModelFacts {
        ModelFacts {
            n_vocab: self.model.n_vocab().unsigned_abs(),
            n_ctx_train: self.model.n_ctx_train(),
            n_layer: self.model.n_layer(),
            params: self.model.n_params(),
            bytes: self.model.size(),
            // A file can ask for a token that its vocabulary lacks.
            add_bos: self.model.vocab().should_add_bos() && self.bos().0 >= 0,
        }
    }

    fn tokenize(&self, text: &str) -> Vec<Token> {
        self.model.vocab().tokenize(text.as_bytes(), false, false).into_iter().map(|token| Token(token.0)).collect()
    }

    fn tokenize_special(&self, text: &str) -> Vec<Token> {
        self.model.vocab().tokenize(text.as_bytes(), false, true).into_iter().map(|token| Token(token.0)).collect()
    }

    fn bos(&self) -> Token {
        Token(self.model.vocab().bos().0)
    }

    fn eos(&self) -> Token {
        Token(self.model.vocab().eos().0)
    }

    fn is_end(&self, token: Token) -> bool {
        self.model.vocab().is_eog(LlamaToken(token.0))
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.model.vocab().token_to_piece(LlamaToken(token.0), false, None)
    }

    fn shown(&self, token: Token) -> Vec<u8> {
        self.model.vocab().token_to_piece(LlamaToken(token.0), true, None)
    }

    fn session<'model>(&'model self, options: &ContextOptions) -> Result<Box<dyn Session + 'model>, EngineError> {
        let threads = i32::try_from(options.threads).unwrap_or(i32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(options.n_ctx))
            .with_n_batch(options.n_batch)
            .with_n_ubatch(options.n_ubatch)
            .with_n_seq_max(options.n_seq_max)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_flash_attention_policy(match options.flash_attention {
                FlashAttention::Auto => llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_AUTO,
                FlashAttention::On => llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_ENABLED,
                FlashAttention::Off => llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED,
            })
            .with_type_k(KvCacheType::Unknown(options.type_k.ggml_type()))
            .with_type_v(KvCacheType::Unknown(options.type_v.ggml_type()))
            .with_swa_full(options.swa_full)
            .with_op_offload(self.op_offload)
            // One pool of cells for all sequences: a copied prefix is shared, not duplicated.
            .with_kv_unified(true)
            .with_no_perf(true);
        let runtime = runtime();
        let _ = runtime.last_words.explain("");
        let _ = fused_attention::told();
        scheduler::making_context();
        let context = self.model.new_context(&runtime.backend, params).map_err(|error| EngineError::Context {
            n_ctx: options.n_ctx,
            reason: runtime.last_words.explain(&error.to_string()),
        })?;
        let batch = LlamaBatch::new(options.n_batch as usize, i32::try_from(options.n_seq_max).unwrap_or(i32::MAX));
        let flash_attention = fused_attention::told().or(options.flash_attention.given());
        Ok(Box::new(LlamaSession { context, batch, sequences: Vec::new(), flash_attention }))
    }

    fn placement(&self, options: &ContextOptions, batch: &[Slot]) -> Result<Option<Vec<BackendShare>>, EngineError> {
        let devices = Llama.accelerators();
        if devices.iter().all(Accelerator::is_cpu) {
            return Ok(Some(BackendShare::all_on_the_cpu()));
        }
        let (variable, talk) = scheduler::TALK;
        // SAFETY: only a worker calls this (twice below); its other threads, if any, leave the environment alone.
        unsafe { std::env::set_var(variable, talk) };
        scheduler::trace(true);
        let traced = self.session(options).and_then(|mut session| {
            scheduler::forget_graphs();
            session.decode(batch)
        });
        scheduler::trace(false);
        unsafe { std::env::remove_var(variable) };
        traced.map(|()| Some(placement::named(scheduler::told(), &devices)).filter(|shares| !shares.is_empty()))
    }
}

struct LlamaSession<'model> {
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    /// Scratch for the sequence ids of one slot.
    sequences: Vec<i32>,
    /// What the context really uses.
    flash_attention: Option<bool>,
}

/// llama.cpp's positions and sequence ids are `i32`; larger numbers cannot be real here.
fn narrow(value: u32) -> Result<i32, EngineError> {
    i32::try_from(value).map_err(|_| EngineError::Unsupported(format!("{value} is beyond the engine's range")))
}

fn unsupported(error: impl ToString) -> EngineError {
    EngineError::Unsupported(error.to_string())
}

impl Session for LlamaSession<'_> {
    fn decode(&mut self, batch: &[Slot]) -> Result<(), EngineError> {
        let failed = |reason: String| EngineError::Decode { tokens: batch.len(), reason };
        self.batch.clear();
        for slot in batch {
            self.sequences.clear();
            for sequence in &slot.sequences {
                self.sequences.push(narrow(*sequence)?);
            }
            self.batch
                .add(LlamaToken(slot.token.0), narrow(slot.position)?, &self.sequences, slot.logits)
                .map_err(|error| failed(error.to_string()))?;
        }
        self.context
            .decode(&mut self.batch)
            .map_err(|error| failed(runtime().last_words.explain(&error.to_string())))?;
        self.context.synchronize();
        Ok(())
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.context.get_logits_ith(i32::try_from(index).expect("a batch index fits an i32"))
    }

    fn copy_sequence(&mut self, source: u32, target: u32) -> Result<(), EngineError> {
        self.context.kv_cache_seq_cp(narrow(source)?, narrow(target)?, None, None).map_err(unsupported)
    }

    fn truncate_sequence(&mut self, sequence: u32, from: u32) -> Result<(), EngineError> {
        let removed = self.context.clear_kv_cache_seq(Some(sequence), Some(from), None).map_err(unsupported)?;
        if removed {
            Ok(())
        } else {
            Err(EngineError::Unsupported(format!("this cache cannot drop part of a sequence (from position {from})")))
        }
    }

    fn clear(&mut self) {
        self.context.clear_kv_cache();
    }

    fn flash_attention(&self) -> Option<bool> {
        self.flash_attention
    }
}
