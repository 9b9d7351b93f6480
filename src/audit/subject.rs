//! The models of an audit, resolved, and what is known of their relation.

use super::error::AuditError;
use super::measured::FileSize;
use super::plan::AuditPlan;
use crate::density::edge::size::EdgeSize;
use crate::file::digest::sha256_hex;
use crate::law::audit::Basis;
use crate::measure::journal::RunModel;
use crate::measure::model_file::ModelFile;
use crate::model::catalog::CatalogEntry;
use crate::model::gguf::Header;
use crate::model::relation::{Relation, Side, relation};
use crate::model::resolve::{self, ResolveOptions};
use crate::observer::Observer;
use crate::unit::Params;
use crate::worker::protocol::EngineKind;

/// Logits and the scores of one batch must stay within so many bytes.
const BATCH_BYTES: u64 = 96 << 20;
/// Physical batch where few rows have logits; measured on gemma-3-270m: 7 MB above a batch of 32.
const LETTERS_UBATCH: u32 = 128;
/// Memory of texts written side by side.
const TEXT_BYTES: f64 = 64.0 * 1024.0 * 1024.0;
/// Tokens of one text, prompt included, at most as a rule.
const TEXT_TOKENS: f64 = 2048.0;

/// A model of the audit.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The file, and what the report says of it.
    pub(super) file: ModelFile,
    /// Bytes of the weights alone.
    pub(super) weight_bytes: f64,
    header: Option<Header>,
    entry: Option<CatalogEntry>,
}

impl Subject {
    /// Resolves one model argument, fetching what is missing.
    pub(super) fn resolve(name: &str, plan: &AuditPlan, observer: &dyn Observer) -> Result<Self, AuditError> {
        if plan.engine == EngineKind::Mock && name.starts_with("mock:") {
            let info = RunModel {
                id: name.to_owned(),
                sha256: sha256_hex(name.as_bytes()),
                params: 1_000_000,
                bytes: 1_000_000,
                bits_per_weight: 8.0,
                kv_elements: None,
                kv_upper_bound: false,
            };
            let file = ModelFile { path: name.into(), info, encoder: false };
            return Ok(Self { file, weight_bytes: 1e6, header: None, entry: None });
        }
        let options = ResolveOptions::from_environment(plan.offline)?;
        let found = resolve::resolve_watched(name, &options, observer)?;
        let entry = found.entry.clone();
        let file = ModelFile::of(found)?;
        file.must_predict()?;
        let header = Header::read(&file.path)?;
        let weight_bytes = header.tensor_bytes().bytes() as f64;
        Ok(Self { file, weight_bytes, header: Some(header), entry })
    }

    /// How this model is related to its original; `None` where a file is missing to tell.
    pub(super) fn relation(&self, original: &Self) -> Result<Option<Relation>, AuditError> {
        if self.file.info.sha256 == original.file.info.sha256 {
            return Ok(Some(Relation::SameFile));
        }
        let (Some(own), Some(other)) = (&self.header, &original.header) else { return Ok(None) };
        let before = Side { sha256: &original.file.info.sha256, header: other, entry: original.entry.as_ref() };
        let after = Side { sha256: &self.file.info.sha256, header: own, entry: self.entry.as_ref() };
        relation(before, after).map(Some).map_err(|error| AuditError::Unrelated {
            original: original.file.path.clone(),
            compressed: self.file.path.clone(),
            error,
        })
    }

    /// What the file says of itself; `None` for the double, which has none.
    pub(super) const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The parameters that a density is over: those of the family that its basis names.
    pub(super) fn params(&self, basis: Basis) -> Params {
        match &self.header {
            Some(header) if basis == Basis::DensityEdge => EdgeSize::of(header).size.params,
            _ => Params::from_count(self.file.info.params as f64),
        }
    }

    /// How it was compressed, as far as the files tell.
    pub(super) fn method(&self, original: &Self) -> String {
        if self.file.info.sha256 == original.file.info.sha256 {
            return "none (the same file)".to_owned();
        }
        match self.entry.as_ref().map(|entry| entry.lineage.compression.join("+")) {
            Some(named) if !named.is_empty() => named,
            _ if self.file.info.params == original.file.info.params => "quantization".to_owned(),
            _ => "unknown".to_owned(),
        }
    }

    /// Kind and rules of the tokenizer, as `gpt2/smollm`; `None` where the file does not say.
    pub(super) fn tokenizer(&self) -> Option<String> {
        let tokenizer = self.header.as_ref()?.facts().tokenizer;
        let rules = tokenizer.pre.map(|pre| format!("/{pre}")).unwrap_or_default();
        Some(tokenizer.model? + &rules)
    }

    /// For the record.
    pub(super) fn size(&self) -> FileSize {
        FileSize {
            sha256: self.file.info.sha256.clone(),
            params: self.file.info.params,
            file_bytes: self.file.info.bytes,
            weight_bytes: self.weight_bytes,
            bits_per_weight: self.file.info.bits_per_weight,
        }
    }

    /// The folder of everything that is kept of it: the beginning of its hash.
    pub(super) fn folder_name(&self) -> &str {
        self.file.info.sha256.get(..12).unwrap_or(&self.file.info.sha256)
    }

    /// The physical batch whose logits, and llama.cpp's own copy of them, stay within the bound.
    pub(super) fn n_ubatch(&self) -> u32 {
        let vocabulary = self.header.as_ref().and_then(|header| header.facts().tokenizer.vocabulary).unwrap_or(32_000);
        let rows = u32::try_from(BATCH_BYTES / (8 * vocabulary.max(1))).unwrap_or(512);
        (rows - rows % 32).clamp(32, 512)
    }

    /// The physical batch of a task that is answered by one token: it has the logits of one row an item, so that a larger
    /// batch costs little memory and meets far fewer barriers between threads, which are dear on a busy machine.
    pub(super) fn n_ubatch_of_letters(&self) -> u32 {
        self.n_ubatch().max(LETTERS_UBATCH)
    }

    /// Texts written side by side within the bound.
    pub(super) fn parallel(&self) -> u32 {
        let each = self.file.info.kv_elements.map_or(0.0, |(keys, values)| 2.0 * (keys + values) as f64 * TEXT_TOKENS);
        if each > 0.0 { ((TEXT_BYTES / each) as u32).clamp(1, 8) } else { 8 }
    }
}
