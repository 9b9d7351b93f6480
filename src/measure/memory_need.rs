//! What the rows of a plan will take of the memory, said before anything is loaded.

use super::bench_report::row::kv_cache_bytes;
use super::error::MeasureError;
use super::journal::RunPlan;
use super::model_file::ModelFile;
use crate::bench::plan::Phase;
use crate::model::gguf::FileKind;
use crate::sysfs::{Root, cgroup};
use crate::unit::Bytes;

/// Memory of the engine beside weights and cache, bytes: buffers of a batch, the vocabulary, the program.
const OVERHEAD: u64 = 256 << 20;

/// Free memory as the tests want it, bytes: a machine that is too small cannot be had otherwise.
const TEST_FREE_MEMORY: &str = "DENSIMETER_TEST_FREE_MEMORY";

/// What is free, and what each row is predicted to take of it.
#[derive(Debug)]
pub struct MemoryNeed {
    /// Bytes of each row of the plan.
    pub needs: Vec<u64>,
    /// Free bytes; `None` where they are not known.
    pub available: Option<u64>,
    /// Why a row cannot be measured; `None` where it fits.
    pub refused: Vec<Option<String>>,
}

impl MemoryNeed {
    /// Predicts the rows of a plan.
    #[must_use]
    pub fn of(plan: &RunPlan, models: &[ModelFile]) -> Self {
        let available = available();
        let mut needs = Vec::new();
        let mut refused = Vec::new();
        for row in &plan.rows {
            let model = &plan.models[row.model];
            let cache = model.kv_elements.map_or(0, |elements| kv_cache_bytes(elements, row));
            let need = model.bytes + cache + OVERHEAD;
            let no_token = (models[row.model].encoder && row.shape.phase == Phase::Decode)
                .then(|| format!("{}: {}", models[row.model].path.display(), FileKind::Encoder));
            let short = shortage(need, available, row.settings.n_gpu_layers).map(|short| {
                let path = models[row.model].path.display();
                format!(
                    "{path}: {} needs {short}: use a smaller quantisation or context, or close other programs",
                    row.shape
                )
            });
            refused.push(no_token.or(short));
            needs.push(need);
        }
        Self { needs, available, refused }
    }

    /// Refuses a plan of which not one row fits, with the reason of the first.
    ///
    /// # Errors
    /// [`MeasureError::NoRoom`].
    pub fn refuse_hopeless(&self) -> Result<(), MeasureError> {
        match self.refused.first() {
            Some(Some(first)) if self.refused.iter().all(Option::is_some) => Err(MeasureError::NoRoom(first.clone())),
            _ => Ok(()),
        }
    }
}

/// Refuses a model whose weights alone do not fit, before it is loaded.
///
/// # Errors
/// [`MeasureError::NoRoom`].
pub fn refuse_what_cannot_load(model: &ModelFile, n_gpu_layers: u32) -> Result<(), MeasureError> {
    match shortage(model.info.bytes + OVERHEAD, available(), n_gpu_layers) {
        Some(short) => Err(MeasureError::NoRoom(format!(
            "{}: needs {short}: use a smaller quantisation, or close other programs",
            model.path.display()
        ))),
        None => Ok(()),
    }
}

/// What is needed and what is free, where that is less. Layers on a GPU are not kept in this memory.
fn shortage(need: u64, free: Option<u64>, n_gpu_layers: u32) -> Option<String> {
    let free = free.filter(|free| need > *free && n_gpu_layers == 0)?;
    Some(format!("about {} of memory and {} are free", Bytes::from_bytes(need), Bytes::from_bytes(free)))
}

/// Memory that can be had without swapping: the machine's, or what the control group still allows.
fn available() -> Option<u64> {
    if let Some(bytes) = std::env::var(TEST_FREE_MEMORY).ok().and_then(|text| text.parse().ok()) {
        return Some(bytes);
    }
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let group = cgroup::memory_left(&Root::system());
    let machine = Some(system.available_memory()).filter(|bytes| *bytes > 0);
    machine.into_iter().chain(group).min()
}
