//! What is asked of a recommendation.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::crossover::requirements::Requirements;
use crate::device::class_spec::ClassSpec;
use crate::model::catalog::{CatalogEntry, Kind};
use crate::unit::Bytes;

/// Tokens of context, unless others are asked for: what local servers open by default.
const CONTEXT: u32 = 4096;

/// Tokens that a model is trusted with where its context is not published: all of today have them.
const UNKNOWN_CONTEXT: u32 = 4096;

/// What a model is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// What it knows: MMLU.
    Knowledge,
    /// How it reasons: BBH and MATH.
    Reasoning,
    /// Programs: HumanEval and MBPP.
    Code,
}

impl Use {
    /// All, in the order of the benchmarks.
    pub const ALL: [Self; 3] = [Self::Knowledge, Self::Reasoning, Self::Code];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Knowledge => "knowledge",
            Self::Reasoning => "reasoning",
            Self::Code => "code",
        }
    }
}

impl FromStr for Use {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|wanted| wanted.name() == text).ok_or_else(|| format!("no use `{text}`"))
    }
}

/// Which models count and what they must do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Limits {
    /// Least decode speed, tokens per second.
    pub min_tps: f64,
    /// Longest time to the first token, seconds; without one the wait is told and not judged.
    pub max_ttft: Option<f64>,
    /// Tokens of the prompt.
    pub prompt: f64,
    /// Tokens of an answer: decode is judged after the prompt and half of them.
    pub output: f64,
    /// Tokens of context to hold.
    pub context: u32,
    /// Bits of an element of the cache.
    pub cache_bits: f64,
    /// Memory that a model may take, in place of the device's own limit.
    pub memory: Option<Bytes>,
    /// Only licences with these words.
    pub licence: Option<String>,
    /// Only families with these words.
    pub family: Option<String>,
    /// Only base models, or only those tuned to instructions.
    pub kind: Option<String>,
    /// What the best is best for.
    #[serde(rename = "use")]
    pub wanted_for: Option<Use>,
    /// Only files that are in the cache.
    pub offline: bool,
}

impl Limits {
    /// The class's own, without a filter.
    #[must_use]
    pub fn of(class: &ClassSpec) -> Self {
        let Requirements { min_tps, prompt, output, .. } = Requirements::of(class);
        Self {
            min_tps,
            max_ttft: None,
            prompt,
            output,
            context: CONTEXT,
            cache_bits: 16.0,
            memory: None,
            licence: None,
            family: None,
            kind: None,
            wanted_for: None,
            offline: false,
        }
    }

    /// Tokens in the cache while the middle of the answer is written.
    #[must_use]
    pub fn depth(&self) -> f64 {
        self.prompt + self.output / 2.0
    }

    /// The filter that leaves an entry out, if one does.
    #[must_use]
    pub fn filtered(&self, entry: &CatalogEntry, here: bool) -> Option<String> {
        let holds = |text: &str, words: &Option<String>| {
            words.as_ref().is_none_or(|words| text.to_lowercase().contains(&words.to_lowercase()))
        };
        let kind = match entry.lineage.kind {
            Kind::Base => "base",
            Kind::Instruct => "instruct",
        };
        let tokens = self.prompt + self.output;
        let asked = f64::from(self.context).max(tokens);
        let longest = f64::from(entry.context.unwrap_or(UNKNOWN_CONTEXT));
        if !holds(&entry.licence, &self.licence) {
            Some(format!("--licence: its licence is {}", entry.licence))
        } else if !holds(&entry.family, &self.family) && !holds(&entry.id, &self.family) {
            Some(format!("--family: its family is {}", entry.family))
        } else if self.kind.as_ref().is_some_and(|wanted| wanted != kind) {
            Some(format!("--kind: it is {kind}"))
        } else if asked > longest {
            let known = if entry.context.is_some() { "" } else { "nothing is published beyond " };
            Some(format!("--context: {known}{longest} tokens"))
        } else if self.offline && !here {
            Some("--offline: its file is not in the cache".to_owned())
        } else {
            None
        }
    }
}
