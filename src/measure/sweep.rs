//! From lists of settings to the rows of a plan.

use std::path::Path;
use std::str::FromStr;

use super::error::MeasureError;
use super::journal::{self, Entry, Journal, RunPlan};
use super::thread_sweep;
use crate::bench::plan::{Row, Settings, Shape};
use crate::engine::{FlashAttention, KvType};
use crate::observer::Observer;
use crate::worker::protocol::EngineKind;

/// Most threads: llama.cpp's own limit (`GGML_MAX_N_THREADS`), beyond which it aborts.
const MAX_THREADS: u32 = 512;

/// A thread count that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// Find the fastest.
    Auto,
    /// Exactly so many.
    Exactly(u32),
}

impl FromStr for Threads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(count @ 1..=MAX_THREADS) => Ok(Self::Exactly(count)),
            _ => Err(format!("'{text}' is neither 'auto' nor a number of threads from 1 to {MAX_THREADS}")),
        }
    }
}

/// Every combination of these is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// What is timed.
    pub shapes: Vec<Shape>,
    /// Thread counts.
    pub threads: Vec<Threads>,
    /// Logical batches in tokens.
    pub n_batch: Vec<u32>,
    /// Physical batches in tokens.
    pub n_ubatch: Vec<u32>,
    /// Flash attention.
    pub flash_attention: Vec<FlashAttention>,
    /// Key cache types.
    pub type_k: Vec<KvType>,
    /// Value cache types.
    pub type_v: Vec<KvType>,
    /// Layers on a GPU.
    pub n_gpu_layers: Vec<u32>,
    /// Devices that may take part; empty leaves the choice to the engine.
    pub devices: Vec<Vec<String>>,
    /// Whether large multiplications of layers on the CPU go to a device; empty for the default.
    pub op_offload: Vec<bool>,
}

impl Sweep {
    /// The counts as given, when none of them is to be found.
    #[must_use]
    pub fn exact_threads(&self) -> Option<Vec<u32>> {
        let count = |threads: &Threads| match *threads {
            Threads::Exactly(count) => Some(count),
            Threads::Auto => None,
        };
        self.threads.iter().map(count).collect()
    }

    /// The counts of the run that a folder holds: another sweep of threads might end elsewhere, and then nothing could be
    /// resumed.
    #[must_use]
    pub fn earlier_threads(&self, folder: &Path) -> Option<Vec<u32>> {
        let entries = Journal::read(&folder.join(journal::FILE)).ok()?;
        let plan = RunPlan::of(&entries)?;
        // Threads are the outermost of the settings (see `settings`).
        let rows_per_count = plan.rows.len() / plan.models.len().max(1) / self.threads.len();
        (0..self.threads.len()).map(|place| Some(plan.rows.get(place * rows_per_count)?.settings.threads)).collect()
    }

    /// The counts, with those to be found found on a model; what was found is noted.
    ///
    /// # Errors
    /// A worker that gave up.
    pub fn choose_threads(
        &self,
        engine: EngineKind,
        model: &Path,
        seed: u64,
        observer: &dyn Observer,
        notes: &mut Vec<Entry>,
    ) -> Result<Vec<u32>, MeasureError> {
        let mut counts = Vec::new();
        for &wanted in &self.threads {
            counts.push(match wanted {
                Threads::Exactly(count) => count,
                Threads::Auto => {
                    let n_gpu_layers = self.n_gpu_layers.first().copied().unwrap_or_default();
                    let devices = self.devices.first().cloned();
                    let base = Settings { n_gpu_layers, devices, ..Settings::with_threads(1) };
                    let choice = thread_sweep::fastest(engine, model, &base, seed, observer)?;
                    notes.push(Entry::Threads { rule: choice.rule });
                    choice.threads
                }
            });
        }
        Ok(counts)
    }

    /// Every combination of the settings with these thread counts.
    #[must_use]
    pub fn settings(&self, threads: &[u32]) -> Vec<Settings> {
        let all: Vec<Settings> = threads.iter().map(|&threads| Settings::with_threads(threads)).collect();
        let all = each(all, &self.n_batch, |settings, n_batch| settings.n_batch = *n_batch);
        let all = each(all, &self.n_ubatch, |settings, n_ubatch| settings.n_ubatch = settings.n_batch.min(*n_ubatch));
        let all = each(all, &self.flash_attention, |settings, choice| settings.flash_attention = *choice);
        let all = each(all, &self.type_k, |settings, kind| settings.type_k = *kind);
        let all = each(all, &self.type_v, |settings, kind| settings.type_v = *kind);
        let all = each(all, &self.n_gpu_layers, |settings, layers| settings.n_gpu_layers = *layers);
        let all = each(all, &self.devices, |settings, devices| settings.devices = Some(devices.clone()));
        each(all, &self.op_offload, |settings, on| settings.op_offload = Some(*on))
    }
}

/// Every one of the settings with every one of the values; without values as they are.
fn each<T>(settings: Vec<Settings>, values: &[T], set: impl Fn(&mut Settings, &T)) -> Vec<Settings> {
    if values.is_empty() {
        return settings;
    }
    let with = |settings: &Settings, value: &T| {
        let mut settings = settings.clone();
        set(&mut settings, value);
        settings
    };
    settings.iter().flat_map(|settings| values.iter().map(|value| with(settings, value)).collect::<Vec<_>>()).collect()
}

/// Every shape under every setting on every model.
#[must_use]
pub fn rows(models: usize, shapes: &[Shape], settings: &[Settings]) -> Vec<Row> {
    let mut rows = Vec::new();
    for model in 0..models {
        for settings in settings {
            rows.extend(shapes.iter().map(|&shape| Row { model, shape, settings: settings.clone() }));
        }
    }
    rows
}
