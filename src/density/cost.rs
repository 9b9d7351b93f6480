//! The chip and the request of a density by inference time.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::law::density::{Chip, Workload};

/// A chip, a request, and where the chip's constants come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cost {
    /// Time to read one 16-bit weight for an output token.
    pub k1: f64,
    /// Time to compute with one weight for an input token, in the same unit.
    pub k2: f64,
    /// k1 of a model whose weights do not fit on the chip.
    pub k1s: Option<f64>,
    /// Where the constants come from.
    pub source: String,
    /// Tokens of the prompt.
    pub n_in: f64,
    /// Tokens generated.
    pub n_out: f64,
}

/// A report that cannot give k1 and k2.
#[derive(Debug, thiserror::Error)]
pub enum ConstantsError {
    /// It is no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The keys are not there.
    #[error(
        "no k1 and k2 in this report (looked at /k1, /device/k1, /density/k1, /crossover/k1): they come from a bench with two model sizes; give --k1 and --k2 instead"
    )]
    NoConstants,
    /// A constant is no positive number.
    #[error("{key} is not a positive number: {value}")]
    NotPositive {
        /// The key.
        key: String,
        /// The value found.
        value: String,
    },
}

impl Cost {
    /// The published chip and the paper's request.
    #[must_use]
    pub fn published() -> Self {
        let source = "published: k1 = 2.45 k2 with k2 over 100 input tokens";
        Self::new(Chip::PUBLISHED, Workload::default(), source.to_owned())
    }

    /// A chip and a request.
    #[must_use]
    pub fn new(chip: Chip, workload: Workload, source: String) -> Self {
        let (Chip { k1, k2, k1_offloaded: k1s }, Workload { n_in, n_out }) = (chip, workload);
        Self { k1, k2, k1s, source, n_in, n_out }
    }

    /// The chip.
    #[must_use]
    pub const fn chip(&self) -> Chip {
        Chip { k1: self.k1, k2: self.k2, k1_offloaded: self.k1s }
    }

    /// The request.
    #[must_use]
    pub const fn workload(&self) -> Workload {
        Workload { n_in: self.n_in, n_out: self.n_out }
    }
}

/// k1 and k2 of a report or a device model, given as JSON: numbers, or estimates with a `point`.
///
/// # Errors
/// No JSON, keys that are missing, or numbers that are not positive.
pub fn constants(text: &str) -> Result<Chip, ConstantsError> {
    let report: Value = serde_json::from_str(text)?;
    let parts = [("", Some(&report))]
        .into_iter()
        .chain(["device", "density", "crossover"].map(|name| (name, report.get(name))));
    let there = |part: &Value, name: &str| part.get(name).is_some_and(|value| !value.is_null());
    let (name, part) = parts
        .filter_map(|(name, part)| Some((name, part?)))
        .find(|(_, part)| there(part, "k1") && there(part, "k2"))
        .ok_or(ConstantsError::NoConstants)?;
    let number = |constant: &str| {
        let value = &part[constant];
        let number = value.as_f64().or_else(|| value.get("point")?.as_f64());
        let slash = if name.is_empty() { "" } else { "/" };
        number.filter(|x| x.is_finite() && *x > 0.0).ok_or_else(|| ConstantsError::NotPositive {
            key: format!("{slash}{name}/{constant}"),
            value: value.to_string(),
        })
    };
    Ok(Chip { k1: number("k1")?, k2: number("k2")?, k1_offloaded: None })
}
