//! Whether one model file can be a compressed version of another, by what the files and the catalogue say.

use serde::{Deserialize, Serialize};

use super::catalog::CatalogEntry;
use super::gguf::{Header, Value};

/// A model file with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// SHA-256 of the file.
    pub sha256: &'a str,
    /// Its header.
    pub header: &'a Header,
    /// Its entry in the catalogue.
    pub entry: Option<&'a CatalogEntry>,
}

/// How two models are related.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "by")]
pub enum Relation {
    /// The same bytes.
    SameFile,
    /// One file says that it was quantised from the other.
    QuantisedFrom,
    /// The catalogue traces both to one original.
    SameOriginal(String),
    /// One header names the other, or both the same base model.
    NamedBase(String),
    /// Architecture, shape and tokenizer are the same: another quantisation, or a fine-tune.
    SameShape,
}

/// Two models that nothing connects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing says that one was made from the other: {0}; give --unrelated to compare them all the same")]
pub struct Unrelated(pub String);

/// How the two are related.
///
/// # Errors
/// [`Unrelated`] with what differs.
pub fn relation(original: Side<'_>, compressed: Side<'_>) -> Result<Relation, Unrelated> {
    if original.sha256 == compressed.sha256 {
        return Ok(Relation::SameFile);
    }
    let source = |side: Side<'_>| side.header.lineage().map(|lineage| lineage.sha256);
    if source(compressed).as_deref() == Some(original.sha256) || source(original).as_deref() == Some(compressed.sha256)
    {
        return Ok(Relation::QuantisedFrom);
    }
    if let (Some(a), Some(b)) = (original.entry, compressed.entry)
        && a.lineage.original == b.lineage.original
    {
        return Ok(Relation::SameOriginal(a.lineage.original.clone()));
    }
    let (own, bases) = (names(original), bases(original));
    let (other_own, other_bases) = (names(compressed), self::bases(compressed));
    let shared = other_bases
        .iter()
        .find(|base| own.contains(base) || bases.contains(base))
        .or_else(|| bases.iter().find(|base| other_own.contains(base)));
    if let Some(base) = shared {
        return Ok(Relation::NamedBase(base.clone()));
    }
    match differences(original.header, compressed.header) {
        found if found.is_empty() => Ok(Relation::SameShape),
        found => Err(Unrelated(found.join(", "))),
    }
}

fn text<'a>(header: &'a Header, key: &str) -> Option<&'a str> {
    match header.metadata.get(key) {
        Some(Value::Text(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// A name without what spelling varies: case, spaces, dashes, the owner before a slash.
fn plain(name: &str) -> String {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    last.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a model is called.
fn names(side: Side<'_>) -> Vec<String> {
    let catalogue =
        side.entry.into_iter().flat_map(|entry| [entry.id.as_str(), entry.name.as_str(), &entry.lineage.original]);
    let header = text(side.header, "general.name").into_iter();
    // Names of a letter or two, as `A`, connect nothing.
    catalogue.chain(header).map(plain).filter(|name| name.len() > 3).collect()
}

/// The models that a header or the catalogue names as what this one was made from.
fn bases(side: Side<'_>) -> Vec<String> {
    let header = (0..4).flat_map(|at| ["name", "repo_url"].map(|key| format!("general.base_model.{at}.{key}")));
    let header: Vec<&str> = header.filter_map(|key| text(side.header, &key)).collect();
    let catalogue = side.entry.map(|entry| entry.lineage.original.as_str());
    header.into_iter().chain(catalogue).map(plain).filter(|name| name.len() > 3).collect()
}

/// In what the shapes and tokenizers of two models differ.
fn differences(a: &Header, b: &Header) -> Vec<String> {
    let (x, y) = (a.facts(), b.facts());
    let mut found = Vec::new();
    let mut compare = |what: &str, a: String, b: String| {
        if a != b {
            found.push(format!("{what} {a} and {b}"));
        }
    };
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let number = |value: Option<u64>| value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
    compare("architecture", word(&x.architecture), word(&y.architecture));
    compare("layers", number(x.layers), number(y.layers));
    compare("width", number(x.embedding_length), number(y.embedding_length));
    compare("heads", number(x.heads), number(y.heads));
    compare("tokenizer", word(&x.tokenizer.model), word(&y.tokenizer.model));
    compare("vocabulary", number(x.tokenizer.vocabulary), number(y.tokenizer.vocabulary));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::gguf::LINEAGE_SHA256;
    use crate::unit::Bytes;

    fn header(layers: u64, base: Option<&str>, name: &str) -> Header {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut metadata = std::collections::BTreeMap::from([
            ("general.architecture".to_owned(), text("llama")),
            ("general.name".to_owned(), text(name)),
            ("llama.block_count".to_owned(), Value::Unsigned(layers)),
        ]);
        if let Some(base) = base {
            metadata.insert("general.base_model.0.repo_url".to_owned(), text(base));
        }
        Header { version: 3, file_bytes: Bytes::from_bytes(1), files: Vec::new(), metadata, tensors: Vec::new() }
    }

    fn side<'a>(sha256: &'a str, header: &'a Header) -> Side<'a> {
        Side { sha256, header, entry: None }
    }

    #[test]
    fn kin_is_told_from_strangers() {
        let original = header(16, None, "Big Model 8B");
        let pruned = header(8, Some("https://huggingface.co/maker/Big-Model-8B"), "Small Model 3B");
        let stranger = header(8, None, "Other Model 3B");
        assert_eq!(relation(side("a", &original), side("a", &original)), Ok(Relation::SameFile));
        assert_eq!(
            relation(side("a", &original), side("b", &pruned)),
            Ok(Relation::NamedBase("bigmodel8b".to_owned()))
        );
        let refused = relation(side("a", &original), side("c", &stranger)).unwrap_err().to_string();
        assert!(refused.contains("layers 16 and 8") && refused.contains("--unrelated"), "{refused}");
        let mut requantised = header(8, None, "Other Model 3B");
        assert_eq!(relation(side("c", &stranger), side("d", &requantised)), Ok(Relation::SameShape));
        requantised.metadata.insert(LINEAGE_SHA256.to_owned(), Value::Text("a".to_owned()));
        assert_eq!(relation(side("a", &original), side("d", &requantised)), Ok(Relation::QuantisedFrom));
    }
}
