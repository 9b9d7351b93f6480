//! From model arguments to files with what the report says of them.

use std::path::PathBuf;

use super::error::MeasureError;
use super::journal::RunModel;
use crate::bench::plan::Shape;
use crate::model::gguf::{FileKind, Header};
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::observer::Observer;
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

/// A model with its file.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// The file.
    pub path: PathBuf,
    /// What the report says of it.
    pub info: RunModel,
    /// Whether it reads a whole text and predicts no next token.
    pub encoder: bool,
}

impl ModelFile {
    /// What to know about rows that reach beyond the trained context. Their speed is measured all the same, as
    /// llama-bench does: it does not depend on what the tokens mean.
    #[must_use]
    pub fn beyond_context(&self, shapes: &[Shape]) -> Option<String> {
        let longest = shapes.iter().map(|shape| u64::from(shape.depth) + u64::from(shape.tokens)).max()?;
        let context = Header::read(&self.path).ok()?.facts().context_length.filter(|context| longest > *context)?;
        let id = &self.info.id;
        Some(format!(
            "{id}: rows of up to {longest} tokens reach beyond the context of {context} that it was trained for"
        ))
    }

    /// What the report says of a resolved model.
    ///
    /// # Errors
    /// A header that cannot be read, or a file without weights.
    pub fn of(model: ResolvedModel) -> Result<Self, MeasureError> {
        let header = Header::read(&model.path)?;
        let kind = header.file_kind();
        if !kind.is_model() {
            return Err(MeasureError::NoModel { path: model.path, kind });
        }
        let bits = header.bits_per_weight().ok_or_else(|| MeasureError::NoWeights(model.path.clone()))?;
        let cache = header.facts().kv_cache;
        let info = RunModel {
            id: model.id,
            sha256: model.sha256,
            params: header.params().count() as u64,
            bytes: model.bytes.bytes(),
            bits_per_weight: bits.bits(),
            kv_elements: cache.map(|cache| (cache.key_elements, cache.value_elements)),
            kv_upper_bound: cache.is_some_and(|cache| cache.upper_bound),
        };
        Ok(Self { path: model.path, info, encoder: kind == FileKind::Encoder })
    }

    /// Refuses a model that predicts no next token: it answers no question.
    ///
    /// # Errors
    /// [`MeasureError::PredictsNothing`].
    pub fn must_predict(&self) -> Result<(), MeasureError> {
        if self.encoder {
            return Err(MeasureError::PredictsNothing(self.path.clone()));
        }
        Ok(())
    }
}

/// Resolves every model argument, fetching what is missing.
///
/// # Errors
/// A build without the engine, or the first model that cannot be had.
pub fn resolve_all(
    names: &[String],
    offline: bool,
    engine: EngineKind,
    observer: &dyn Observer,
) -> Result<Vec<ModelFile>, MeasureError> {
    // Without the engine nothing can be measured: say so before hundreds of megabytes are fetched.
    serve::engine(engine)?;
    let options = ResolveOptions::from_environment(offline)?;
    let mut files: Vec<ModelFile> = Vec::new();
    for name in names {
        let mut file = ModelFile::of(resolve::resolve_watched(name, &options, observer)?)?;
        // Two files of one name in two folders: their rows must not be taken for each other's.
        if files.iter().any(|other| other.info.id == file.info.id && other.path != file.path) {
            file.info.id = file.path.display().to_string();
        }
        files.push(file);
    }
    Ok(files)
}
