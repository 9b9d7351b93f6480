//! The arguments of instructions, as the data give them.

use serde::{Deserialize, Serialize};

use super::relation::Relation;

/// The arguments of all kinds of instruction, in the order in which they are published.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields bear the names of the data")]
pub struct Arguments {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capital_relation: Option<Relation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub let_relation: Option<Relation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section_spliter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbidden_words: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub let_frequency: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capital_frequency: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_word: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_paragraphs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth_paragraph: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_words: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_sentences: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_sections: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_bullets: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_highlights: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_placeholders: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postscript_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_to_repeat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_phrase: Option<String>,
}
