//! What a GGUF file is: not every one is a language model.

use std::fmt;

use super::{Header, Value};

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A model that predicts the next token.
    Model,
    /// A model that reads a whole text at once and predicts no next token (BERT and its kin, diffusion models).
    Encoder,
    /// A change to another model (LoRA).
    Adapter,
    /// What turns images or sound into a model's input.
    Projector,
    /// Importances of weights for quantising, by llama-imatrix.
    ImportanceMatrix,
    /// A direction that steers another model.
    ControlVector,
}

/// Architectures that llama.cpp gives no cache, since they look at the whole text at once.
const ENCODERS: &[&str] = &[
    "bert",
    "jina-bert-v2",
    "jina-bert-v3",
    "nomic-bert",
    "nomic-bert-moe",
    "neo-bert",
    "eurobert",
    "modern-bert",
    "gemma-embedding",
    "t5encoder",
    "wavtokenizer-dec",
    "dream",
    "llada",
    "llada-moe",
    "rnd1",
];

impl Header {
    /// What the file is, by what it says of itself.
    #[must_use]
    pub fn file_kind(&self) -> FileKind {
        let architecture = self.text("general.architecture").unwrap_or_default();
        let causal = self.metadata.get(&format!("{architecture}.attention.causal"));
        match (self.text("general.type").as_deref(), architecture.as_str()) {
            (Some("adapter"), _) => FileKind::Adapter,
            (Some("imatrix"), _) => FileKind::ImportanceMatrix,
            (Some("mmproj"), _) | (_, "clip") => FileKind::Projector,
            (_, "controlvector") => FileKind::ControlVector,
            _ if self.metadata.contains_key("adapter.type") => FileKind::Adapter,
            _ if self.metadata.contains_key("imatrix.chunk_count") => FileKind::ImportanceMatrix,
            (_, name) if ENCODERS.contains(&name) => FileKind::Encoder,
            _ if causal == Some(&Value::Bool(false)) => FileKind::Encoder,
            _ => FileKind::Model,
        }
    }
}

impl FileKind {
    /// Whether it can be loaded as a model.
    #[must_use]
    pub const fn is_model(self) -> bool {
        matches!(self, Self::Model | Self::Encoder)
    }
}

impl fmt::Display for FileKind {
    /// What it is, and where it belongs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "a model",
            Self::Encoder => "an encoder, which predicts no next token",
            Self::Adapter => {
                "an adapter (LoRA), not a model: merge it into its model with llama.cpp's llama-export-lora"
            }
            Self::Projector => "a projector of images or sound (CLIP), not a model: name the model that it belongs to",
            Self::ImportanceMatrix => {
                "an importance matrix for quantising, not a model: llama-quantize --imatrix takes it"
            }
            Self::ControlVector => "a control vector, not a model: name the model that it steers",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::header;
    use super::*;

    #[test]
    fn files_that_are_no_models_say_so() {
        let text = |text: &str| Value::Text(text.to_owned());
        let kind = |architecture: &str, key: &str, value: Value| {
            let mut header = header(architecture, &[]);
            header.metadata.insert(key.to_owned(), value);
            header.file_kind()
        };
        assert_eq!(kind("llama", "general.name", text("x")), FileKind::Model);
        assert_eq!(kind("llama", "general.type", text("adapter")), FileKind::Adapter);
        assert_eq!(kind("llama", "adapter.type", text("lora")), FileKind::Adapter);
        assert_eq!(kind("clip", "general.type", text("mmproj")), FileKind::Projector);
        assert_eq!(kind("", "general.type", text("imatrix")), FileKind::ImportanceMatrix);
        assert_eq!(kind("controlvector", "x", text("")), FileKind::ControlVector);
        assert_eq!(kind("bert", "general.type", text("model")), FileKind::Encoder);
        assert_eq!(kind("llama", "llama.attention.causal", Value::Bool(false)), FileKind::Encoder);
        assert!(FileKind::Encoder.is_model() && !FileKind::Adapter.is_model());
    }
}
