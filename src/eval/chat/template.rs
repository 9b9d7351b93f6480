//! The chat templates of a model's file.

use std::path::{Path, PathBuf};

use super::thinking;
use crate::engine::mock;
use crate::model::gguf::{Error, Header, Value};

/// The key of the template that is used where none is named; others follow it with a point and their names.
const KEY: &str = "tokenizer.chat_template";

/// The name of that template.
const DEFAULT: &str = "default";

/// Words in the name of a model that was only pre-trained.
const BASE: &[&str] = &["base", "pt", "pretrain", "pretrained"];

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// `default`, or its name in the file.
    pub name: String,
    /// Its text.
    pub source: String,
}

/// What a file says of chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatFile {
    /// The file.
    pub path: PathBuf,
    /// The template; `None` where there is none.
    pub template: Option<Template>,
    /// Whether its name says that it was only pre-trained.
    pub is_base: bool,
}

impl ChatFile {
    /// What the header of a GGUF says. Of several templates the one named `default` is taken, else the first by name.
    ///
    /// # Errors
    /// A header that cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let header = Header::read(path)?;
        let text = |key: &str| match header.metadata.get(key) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let named = header.metadata.iter().filter_map(|(key, value)| match value {
            Value::Text(source) => Some((key.strip_prefix(KEY)?.strip_prefix('.')?, source.as_str())),
            _ => None,
        });
        let mut found: Vec<(&str, &str)> = text(KEY).map(|source| (DEFAULT, source)).into_iter().chain(named).collect();
        found.sort_by_key(|(name, _)| *name != DEFAULT);
        let template =
            found.first().map(|(name, source)| Template { name: (*name).to_owned(), source: (*source).to_owned() });
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let names = [text("general.name"), text("general.finetune"), text("general.basename"), stem];
        Ok(Self { path: path.to_owned(), template, is_base: names.into_iter().flatten().any(says_base) })
    }

    /// What the name of a double says.
    #[must_use]
    pub fn of_double(name: &Path) -> Self {
        let template =
            mock::chat_template(name).map(|text| Template { name: DEFAULT.to_owned(), source: text.to_owned() });
        Self { path: name.to_owned(), template, is_base: false }
    }
}

/// Whether a name has one of the words of models that were only pre-trained.
fn says_base(name: &str) -> bool {
    name.split(|sign: char| !sign.is_alphanumeric()).any(|word| BASE.contains(&word.to_lowercase().as_str()))
}

impl Template {
    /// Whether it takes `enable_thinking`.
    #[must_use]
    pub fn asks_for_thinking(&self) -> bool {
        self.source.contains("enable_thinking")
    }

    /// Whether models behind it may think.
    #[must_use]
    pub fn knows_thinking(&self) -> bool {
        self.asks_for_thinking() || thinking::DELIMITERS.iter().any(|(open, _)| self.source.contains(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_tell_a_base_model() {
        for name in ["Qwen3-8B-Base", "gemma-3-1b-pt", "OLMo base"] {
            assert!(says_base(name), "{name}");
        }
        for name in ["Qwen3-8B", "SmolLM2-135M-Instruct", "gemma-3-1b-it", "Optimus", "baseball"] {
            assert!(!says_base(name), "{name}");
        }
    }

    #[test]
    fn a_template_tells_whether_models_behind_it_may_think() {
        let knows = |source: &str| Template { name: String::new(), source: source.to_owned() }.knows_thinking();
        assert!(knows("{% if enable_thinking %}") && knows("'<think>\\n'") && !knows("{{ messages }}"));
    }
}
