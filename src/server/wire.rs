//! The words of the protocol: what is asked, and the parts of a chunk that are read.

use serde::{Deserialize, Serialize};

/// A request for a completion.
#[derive(Debug, Serialize)]
pub(super) struct Ask<'a> {
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prompt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<[Message<'a>; 1]>,
    pub(super) max_tokens: u32,
    pub(super) temperature: f64,
    pub(super) stream: bool,
    pub(super) stream_options: StreamOptions,
    #[serde(flatten)]
    pub(super) extras: Option<Extras>,
}

#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    pub(super) role: &'a str,
    pub(super) content: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

/// Words that llama-server and vLLM know and others leave alone or refuse.
#[derive(Debug, Serialize)]
pub(super) struct Extras {
    /// llama-server: nothing of an earlier prompt is used again.
    pub(super) cache_prompt: bool,
    /// llama-server, vLLM: the answer has as many tokens as were asked for.
    pub(super) ignore_eos: bool,
}

/// One event of a stream. What is not named here is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk {
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) usage: Option<Usage>,
    pub(super) timings: Option<Timings>,
    pub(super) error: Option<Fault>,
    pub(super) system_fingerprint: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    pub(super) text: Option<String>,
    pub(super) delta: Option<Delta>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta {
    pub(super) content: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning: Option<String>,
}

impl Choice {
    /// Whether it brings text, of the answer or of what the model thinks before it.
    pub(super) fn has_text(&self) -> bool {
        let delta = self.delta.iter().flat_map(|delta| [&delta.content, &delta.reasoning_content, &delta.reasoning]);
        delta.chain([&self.text]).flatten().any(|text| !text.is_empty())
    }
}

/// Tokens as the server counts them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    pub(super) prompt_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    pub(super) prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct PromptDetails {
    pub(super) cached_tokens: Option<u64>,
}

/// llama-server's own clock.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Timings {
    pub(super) cache_n: Option<u64>,
    pub(super) prompt_n: Option<u64>,
    pub(super) prompt_ms: Option<f64>,
    pub(super) prompt_per_second: Option<f64>,
    pub(super) predicted_n: Option<u64>,
    pub(super) predicted_ms: Option<f64>,
    pub(super) predicted_per_second: Option<f64>,
}

/// An error document: `{"error": {"message": …}}`, or a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Fault {
    Text(String),
    Object(FaultText),
}

#[derive(Debug, Deserialize)]
pub(super) struct FaultText {
    #[serde(default)]
    pub(super) message: Option<String>,
}

impl Fault {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Object(object) => object.message.as_deref().unwrap_or("it does not say which"),
        }
    }
}
