//! `densimeter models show`.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::bail;
use serde::Serialize;

use crate::cli::Global;
use crate::cmd::{Outcome, terminal};
use crate::model::cache::Cache;
use crate::model::catalog::{Catalog, CatalogEntry, CatalogFile};
use crate::model::gguf::{Facts, FileKind, Header, Lineage};
use crate::model::resolve::{self, Named};
use crate::unit::{BitsPerWeight, Bytes, Params};

#[derive(Serialize)]
struct Shown {
    model: Option<CatalogEntry>,
    file: Option<CatalogFile>,
    path: PathBuf,
    header: Option<ShownHeader>,
    /// Why there is no header.
    reason: Option<String>,
}

#[derive(Serialize)]
struct ShownHeader {
    version: u32,
    file_bytes: Bytes,
    params: Params,
    tensor_bytes: Bytes,
    bits_per_weight: Option<BitsPerWeight>,
    tensors: usize,
    tensor_types: std::collections::BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    facts: Facts,
    /// What the file was quantised from, where it says so.
    lineage: Option<Lineage>,
    #[serde(skip)]
    kind: FileKind,
    /// Of keys and values in F16.
    kv_cache_bytes_per_token_f16: Option<f64>,
}

impl ShownHeader {
    fn of(header: &Header) -> Self {
        let facts = header.facts();
        Self {
            version: header.version,
            file_bytes: header.file_bytes,
            params: header.params(),
            tensor_bytes: header.tensor_bytes(),
            bits_per_weight: header.bits_per_weight(),
            tensors: header.tensors.len(),
            tensor_types: header.tensor_types(),
            lineage: header.lineage(),
            kind: header.file_kind(),
            kv_cache_bytes_per_token_f16: facts.kv_cache.map(|cache| cache.bytes_per_token(16.0, 16.0)),
            facts,
        }
    }
}

pub(super) fn run(model: &str, global: &Global) -> anyhow::Result<Outcome> {
    let cache = Cache::of_this_user()?;
    let (entry, file, path) = match resolve::name(model, &Catalog::load()?)? {
        Named::Catalogue(entry, file) => {
            let path = cache.model_path(&entry.id, &file.name);
            (Some(*entry), Some(file), path)
        }
        Named::Hub(source) => {
            let path = cache.hub_path(&source);
            if !path.exists() {
                bail!("{model}: not in the cache; run `densimeter models fetch {model}` first");
            }
            (None, None, path)
        }
        Named::Path(path) => (None, None, path),
    };
    // A model of the catalogue can be shown without its file; a path or repository cannot.
    let absent = entry.is_some() && !path.exists();
    let header = if absent { None } else { Some(ShownHeader::of(&Header::read(&path)?)) };
    let reason = absent.then(|| format!("the file is not here; run `densimeter models fetch {model}`"));
    let shown = Shown { model: entry, file, path, header, reason };
    if global.json {
        terminal::json(&shown)?;
    } else {
        terminal::out(&text(&shown))?;
    }
    Ok(Outcome::Done)
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "{name:<18}{value}");
}

fn text(shown: &Shown) -> String {
    let mut text = String::new();
    if let Some(model) = &shown.model {
        line(&mut text, "model", format!("{} ({})", model.name, model.id));
        line(&mut text, "parameters", format!("{}, {} active", model.parameters.total, model.parameters.active));
        line(&mut text, "released", model.released());
        line(&mut text, "licence", &model.licence);
        line(&mut text, "original", &model.lineage.original);
        if !model.lineage.compression.is_empty() {
            line(&mut text, "compression", model.lineage.compression.join(", "));
        }
        if let Some(scores) = &model.scores {
            let all = [
                ("MMLU", scores.mmlu),
                ("BBH", scores.bbh),
                ("MATH", scores.math),
                ("HumanEval", scores.humaneval),
                ("MBPP", scores.mbpp),
            ];
            let written = all.iter().filter_map(|(name, score)| Some(format!("{name} {:.1} %", (*score)?)));
            line(&mut text, "published scores", written.collect::<Vec<_>>().join(", "));
        }
    }
    if let Some(file) = &shown.file {
        line(&mut text, "sha256", file.sha256.as_deref().unwrap_or("not published; recorded at the first fetch"));
        for source in &file.sources {
            line(&mut text, "source", source);
        }
    }
    line(&mut text, "file", shown.path.display());
    if let Some(reason) = &shown.reason {
        line(&mut text, "header", reason);
    }
    if let Some(header) = &shown.header {
        header_text(&mut text, header);
    }
    text
}

fn header_text(text: &mut String, header: &ShownHeader) {
    let facts = &header.facts;
    let number = |value: Option<u64>| value.map_or("not stated".to_owned(), |value| value.to_string());
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "not stated".to_owned());
    line(
        text,
        "size",
        format!("{} ({} bytes), GGUF v{}", header.file_bytes, header.file_bytes.bytes(), header.version),
    );
    if let Some(files) = facts.split_files {
        line(text, "files", format!("{files}, read as one model"));
    }
    if header.kind != FileKind::Model {
        line(text, "kind", header.kind);
    }
    line(text, "architecture", word(&facts.architecture));
    line(text, "parameters", format!("{} ({})", header.params, header.params.count()));
    let bits = header.bits_per_weight.map_or("no tensors".to_owned(), |bits| bits.to_string());
    line(text, "bits per weight", bits);
    let types: Vec<String> = header.tensor_types.iter().map(|(name, count)| format!("{count} {name}")).collect();
    line(text, "tensors", format!("{}: {}", header.tensors, types.join(", ")));
    if let Some(lineage) = &header.lineage {
        let types = lineage.types.as_deref().unwrap_or("unknown types");
        line(text, "quantised from", format!("{types} (SHA-256 {})", lineage.sha256));
    }
    line(text, "context", number(facts.context_length));
    line(text, "layers", number(facts.layers));
    line(text, "heads", format!("{}, {} of keys and values", number(facts.heads), number(facts.kv_heads)));
    line(text, "head lengths", format!("{} key, {} value", number(facts.key_length), number(facts.value_length)));
    if let Some(window) = facts.sliding_window {
        line(text, "sliding window", window);
    }
    if let (Some(bytes), Some(cache)) = (header.kv_cache_bytes_per_token_f16, facts.kv_cache) {
        let most = if cache.upper_bound { " at most" } else { "" };
        line(text, "KV cache", format!("{} per token in F16{most}", Bytes::from_bytes(bytes as u64)));
    }
    let tokenizer = &facts.tokenizer;
    let ids = format!("BOS {}, EOS {}", number(tokenizer.bos_id), number(tokenizer.eos_id));
    line(text, "tokenizer", format!("{}, {} tokens, {ids}", word(&tokenizer.model), number(tokenizer.vocabulary)));
    let add_bos = tokenizer.add_bos.map_or("not stated", |add| if add { "yes" } else { "no" });
    line(text, "adds BOS", add_bos);
    line(text, "chat template", if tokenizer.chat_template { "yes" } else { "no" });
}
