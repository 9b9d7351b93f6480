//! What the catalogue says of a model.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cache_shape::CacheShape;
use crate::model::source::Source;
use crate::unit::{self, Bytes, Params, ScoreError};

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Id by which the command line names it.
    pub id: String,
    /// Name as its makers write it.
    pub name: String,
    /// Family, from the head of the file.
    #[serde(default, skip_deserializing)]
    pub family: String,
    /// True for the one model taken where none is named.
    #[serde(default)]
    pub default: bool,
    /// Parameters, total and active.
    pub parameters: Parameters,
    /// Tokens of pre-training, where published.
    pub training_tokens: Option<f64>,
    /// Date of release: the first day of the month or year where no more is known.
    pub released: Date,
    /// How exactly that is known.
    #[serde(default, skip_serializing_if = "KnownTo::is_day")]
    pub released_known_to: KnownTo,
    /// SPDX identifier, or the name of the licence where it has none.
    pub licence: String,
    /// Where it comes from.
    pub lineage: Lineage,
    /// Its base model in `models/releases.csv`, whose scores tell what it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Tokens of context that it was trained for, where published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
    /// Architecture, as a GGUF names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Since when llama.cpp runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_since: Option<String>,
    /// Shape of its keys and values, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheShape>,
    /// Published scores of these weights in the paper's protocols, where there are any.
    pub scores: Option<Scores>,
    /// Published scores in other protocols: for people, and never compared with each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedScore>,
    /// Files, the preferred first.
    #[serde(rename = "file")]
    pub files: Vec<CatalogFile>,
}

/// Numbers of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// All of them.
    pub total: Params,
    /// Those used for each token; the same as `total` for a dense model.
    pub active: Params,
    /// Those outside the embedding, where published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_embedding: Option<Params>,
}

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownTo {
    /// To the day.
    #[default]
    Day,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

impl KnownTo {
    /// True for the day.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_day(&self) -> bool {
        *self == Self::Day
    }
}

/// A score as its maker prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedScore {
    /// Benchmark, by its usual short name.
    pub benchmark: String,
    /// The score.
    pub percent: f64,
    /// How it was had.
    pub protocol: String,
    /// Where it was read.
    pub source: String,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// `base` (pre-trained) or `instruct` (fine-tuned to follow instructions).
    pub kind: Kind,
    /// Repository of the weights the files were made from.
    pub original: String,
    /// What was done to an earlier model to make this one: pruning, distillation; empty for a model trained as it is.
    #[serde(default)]
    pub compression: Vec<String>,
}

/// The stage of training the weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Pre-trained.
    Base,
    /// Fine-tuned to follow instructions.
    Instruct,
}

/// Published scores in percent, each 0 to 100, and where they were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// MMLU, 5-shot.
    pub mmlu: Option<f64>,
    /// BIG-Bench Hard, 3-shot chain of thought.
    pub bbh: Option<f64>,
    /// MATH, 4-shot.
    pub math: Option<f64>,
    /// HumanEval, 0-shot.
    pub humaneval: Option<f64>,
    /// MBPP, 3-shot.
    pub mbpp: Option<f64>,
    /// Where they were read, and protocols that differ.
    pub source: String,
}

impl Scores {
    /// The scores as the laws take them.
    ///
    /// # Errors
    /// A score outside 0 to 100.
    pub fn percent(&self) -> Result<unit::Scores, ScoreError> {
        unit::Scores::from_percent([self.mmlu, self.bbh, self.math, self.humaneval, self.mbpp])
    }
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogFile {
    /// File name.
    pub name: String,
    /// Quantisation, as llama.cpp names it.
    pub quantisation: String,
    /// Size, where known.
    pub bytes: Option<Bytes>,
    /// SHA-256 in lower-case hexadecimal, where known. Without it the first download is trusted and recorded.
    pub sha256: Option<String>,
    /// Whether the size, and the cache where its header tells it, were read of the file itself: it is in the cache.
    #[serde(skip)]
    pub fetched: bool,
    /// Ways to it, in the order they are tried.
    pub sources: Vec<Source>,
}

impl CatalogEntry {
    /// The date of release, as exactly as it is known: `2026-05-25`, `2026-05` or `2026`.
    #[must_use]
    pub fn released(&self) -> String {
        let day = self.released.to_string();
        let kept = match self.released_known_to {
            KnownTo::Day => day.len(),
            KnownTo::Month => 7,
            KnownTo::Year => 4,
        };
        day[..kept].to_owned()
    }

    /// The preferred file, or the one of this quantisation.
    #[must_use]
    pub fn file(&self, quantisation: Option<&str>) -> Option<&CatalogFile> {
        match quantisation {
            None => self.files.first(),
            Some(wanted) => self.files.iter().find(|file| file.quantisation.eq_ignore_ascii_case(wanted)),
        }
    }
}
