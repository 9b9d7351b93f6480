//! From model arguments to files with what the report says of them.

use std::path::PathBuf;

use anyhow::Context;

use crate::bench::plan::Shape;
use crate::cli::Global;
use crate::cmd::progress::Terminal;
use crate::model::gguf::Header;
use crate::model::resolve::{self, ResolveOptions, ResolvedModel};
use crate::report::journal::RunModel;
use crate::worker::protocol::EngineKind;
use crate::worker::serve;

/// A model with its file.
pub(in crate::cmd) struct Chosen {
    /// The file.
    pub(in crate::cmd) path: PathBuf,
    /// What the report says of it.
    pub(in crate::cmd) about: RunModel,
}

impl Chosen {
    /// What to know about rows that reach beyond the trained context. Their speed is measured all the same, as
    /// llama-bench does: it does not depend on what the tokens mean.
    pub(in crate::cmd) fn beyond_context(&self, shapes: &[Shape]) -> Option<String> {
        let longest = shapes.iter().map(|shape| u64::from(shape.depth) + u64::from(shape.tokens)).max()?;
        let context = Header::read(&self.path).ok()?.facts().context_length.filter(|context| longest > *context)?;
        let id = &self.about.id;
        Some(format!(
            "{id}: rows of up to {longest} tokens reach beyond the context of {context} that it was trained for"
        ))
    }
}

/// Resolves every model argument, fetching what is missing.
pub(in crate::cmd) fn resolve_all(
    names: &[String],
    offline: bool,
    engine: EngineKind,
    global: &Global,
) -> anyhow::Result<Vec<Chosen>> {
    // Without the engine nothing can be measured: say so before hundreds of megabytes are fetched.
    serve::engine(engine)?;
    let options = ResolveOptions::from_environment(offline)?;
    let mut chosen: Vec<Chosen> = Vec::new();
    for name in names {
        let mut model = about(resolve::resolve_watched(name, &options, &Terminal::new(global.quiet))?)?;
        // Two files of one name in two folders: their rows must not be taken for each other's.
        if chosen.iter().any(|other| other.about.id == model.about.id && other.path != model.path) {
            model.about.id = model.path.display().to_string();
        }
        chosen.push(model);
    }
    Ok(chosen)
}

/// What the report says of a resolved model.
pub(in crate::cmd) fn about(model: ResolvedModel) -> anyhow::Result<Chosen> {
    let header = Header::read(&model.path)?;
    let bits =
        header.bits_per_weight().with_context(|| format!("{}: the file holds no weights", model.path.display()))?;
    let cache = header.facts().kv_cache;
    let about = RunModel {
        id: model.id,
        sha256: model.sha256,
        params: header.params().count() as u64,
        bytes: model.bytes.bytes(),
        bits_per_weight: bits.bits(),
        kv_elements: cache.map(|cache| (cache.key_elements, cache.value_elements)),
        kv_upper_bound: cache.is_some_and(|cache| cache.upper_bound),
    };
    Ok(Chosen { path: model.path, about })
}
