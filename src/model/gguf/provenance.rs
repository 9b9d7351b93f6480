//! Who made a file, out of what and how, as far as its header says: bounded and made harmless, as anyone can write one.

use serde::{Deserialize, Serialize};

use super::{Header, Value, file_type};
use crate::sanitize;

/// Longest text that is taken over, in characters.
const MOST: usize = 160;
/// Most base models that are named.
const MOST_BASES: usize = 4;

/// Where a file comes from. What the header does not say is `None`; nothing of it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct Provenance {
    /// `general.name`.
    pub name: Option<String>,
    /// `general.organization`, else `general.author`.
    pub organization: Option<String>,
    /// `general.quantized_by`.
    pub quantized_by: Option<String>,
    /// Where it says that it was published: `general.source.url`, `.repo_url`, else `general.url`, `.repo_url`.
    pub source_url: Option<String>,
    /// Names of `general.base_model.*`.
    pub base_models: Vec<String>,
    /// `general.file_type` by its name, as `Q4_K_M`, else its number.
    pub file_type: Option<String>,
    /// `general.quantization_version`.
    pub quantization_version: Option<u64>,
    /// The importance matrix; `None` where none is named.
    pub imatrix: Option<Imatrix>,
    /// SHA-256 of the file that it was quantised from, where `densimeter models quantize` made it.
    pub quantized_from: Option<String>,
    /// Bytes by tensor type, the largest share first.
    pub tensors: Vec<TensorShare>,
}

/// The importance matrix by which a quantiser weighed columns (`quantize.imatrix.*`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Imatrix {
    /// Its file.
    pub file: Option<String>,
    /// The text that it was made on.
    pub dataset: Option<String>,
    /// Tensors in it.
    pub entries: Option<u64>,
    /// Chunks of text.
    pub chunks: Option<u64>,
}

/// The tensors of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TensorShare {
    /// The type, as `Q4_K`.
    pub kind: String,
    /// How many.
    pub tensors: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Header {
    /// Where the file says that it comes from.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        let text = |key: &str| match self.metadata.get(key) {
            Some(Value::Text(text)) => Some(sanitize::line(text.trim(), MOST)).filter(|text| !text.is_empty()),
            _ => None,
        };
        let first = |keys: &[&str]| keys.iter().find_map(|key| text(key));
        let imatrix = Imatrix {
            file: text("quantize.imatrix.file"),
            dataset: text("quantize.imatrix.dataset"),
            entries: self.whole("quantize.imatrix.entries_count"),
            chunks: self.whole("quantize.imatrix.chunks_count"),
        };
        Provenance {
            name: text("general.name"),
            organization: first(&["general.organization", "general.author"]),
            quantized_by: text("general.quantized_by"),
            source_url: first(&["general.source.url", "general.source.repo_url", "general.url", "general.repo_url"]),
            base_models: (0..MOST_BASES).filter_map(|at| text(&format!("general.base_model.{at}.name"))).collect(),
            file_type: self.whole("general.file_type").map(file_type::name),
            quantization_version: self.whole("general.quantization_version"),
            imatrix: (imatrix != Imatrix::default()).then_some(imatrix),
            quantized_from: self.lineage().map(|lineage| sanitize::line(&lineage.sha256, MOST)),
            tensors: self.shares(),
        }
    }

    fn shares(&self) -> Vec<TensorShare> {
        let mut shares: Vec<TensorShare> = Vec::new();
        for tensor in &self.tensors {
            match shares.iter_mut().find(|share| share.kind == tensor.kind.name) {
                Some(share) => {
                    share.tensors += 1;
                    share.bytes += tensor.bytes;
                }
                None => shares.push(TensorShare { kind: tensor.kind.name.to_owned(), tensors: 1, bytes: tensor.bytes }),
            }
        }
        shares.sort_by_key(|share| std::cmp::Reverse(share.bytes));
        shares
    }
}

impl Provenance {
    /// In a few words: `Q4_K_M by maker, imatrix calibration.txt (data.txt), from name`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut words = vec![self.file_type.clone().unwrap_or_else(|| "no file type".to_owned())];
        match &self.quantized_by {
            Some(maker) => words.push(format!("quantised by {maker}")),
            None if self.quantized_from.is_some() => words.push("quantised by densimeter".to_owned()),
            None => words.push("quantiser not named".to_owned()),
        }
        words.push(match &self.imatrix {
            None => "no imatrix named".to_owned(),
            Some(imatrix) => {
                let named = imatrix.dataset.as_ref().or(imatrix.file.as_ref());
                named.map_or_else(|| "imatrix".to_owned(), |named| format!("imatrix {named}"))
            }
        });
        let shares = self.tensors.iter().take(3).map(|share| format!("{} {}", share.tensors, share.kind));
        words.push(shares.collect::<Vec<_>>().join(" + ") + " tensors");
        words.extend(self.source_url.clone());
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_header_is_one_short_plain_line() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut header = super::super::tests::header("llama", &[]);
        header.metadata.insert("general.quantized_by".to_owned(), text("mr\u{1b}[2J\n\u{202e}x"));
        header.metadata.insert("general.name".to_owned(), text(&"n".repeat(1 << 20)));
        header.metadata.insert("general.file_type".to_owned(), Value::Unsigned(u64::MAX));
        header.metadata.insert("general.url".to_owned(), Value::Bool(true));
        header.metadata.insert("quantize.imatrix.entries_count".to_owned(), Value::Signed(-1));
        let found = header.provenance();
        assert_eq!(found.quantized_by.as_deref(), Some("mr\u{fffd}[2J \u{fffd}x"));
        assert_eq!(found.name.as_ref().unwrap().chars().count(), MOST + 1);
        assert_eq!((found.source_url, found.imatrix), (None, None));
        assert_eq!(found.file_type, Some(u64::MAX.to_string()));
    }

    #[test]
    fn what_a_quantiser_writes_is_read() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut header = super::super::tests::header("llama", &[]);
        for (key, value) in [
            ("general.file_type", Value::Unsigned(15)),
            ("general.quantized_by", text("maker")),
            ("quantize.imatrix.file", text("m.imatrix")),
            ("quantize.imatrix.dataset", text("calibration.txt")),
            ("quantize.imatrix.entries_count", Value::Signed(210)),
            ("general.base_model.0.name", text("Base 1B")),
        ] {
            header.metadata.insert(key.to_owned(), value);
        }
        let found = header.provenance();
        assert_eq!(
            (found.file_type.as_deref(), found.base_models.as_slice()),
            (Some("Q4_K_M"), &["Base 1B".to_owned()][..])
        );
        assert_eq!(found.imatrix.as_ref().unwrap().entries, Some(210));
        assert!(
            found.sentence().starts_with("Q4_K_M, quantised by maker, imatrix calibration.txt, "),
            "{}",
            found.sentence()
        );
    }
}
