//! The facts densimeter uses, picked out of a header's metadata.

use serde::Serialize;

use super::kv_cache::KvCache;
use super::{Header, Value};

/// Architecture and shape of the model. A fact the file does not state is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// `general.architecture`, as `llama` or `gemma3`.
    pub architecture: Option<String>,
    /// `general.name`.
    pub name: Option<String>,
    /// `general.license`.
    pub licence: Option<String>,
    /// Tokens the model was trained to see at once.
    pub context_length: Option<u64>,
    /// Width of the residual stream.
    pub embedding_length: Option<u64>,
    /// Layers (blocks).
    pub layers: Option<u64>,
    /// Attention heads; the largest where layers differ.
    pub heads: Option<u64>,
    /// Key and value heads; the largest where layers differ.
    pub kv_heads: Option<u64>,
    /// Elements of one key head.
    pub key_length: Option<u64>,
    /// Elements of one value head.
    pub value_length: Option<u64>,
    /// Tokens a layer with a sliding window looks back.
    pub sliding_window: Option<u64>,
    /// Experts of a mixture.
    pub experts: Option<u64>,
    /// Experts used for each token.
    pub experts_used: Option<u64>,
    /// Number of files the model is split into, where it is.
    pub split_files: Option<u64>,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// Memory of the key-value cache.
    pub kv_cache: Option<KvCache>,
}

/// What the file says of its tokenizer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tokenizer {
    /// Kind, as `gpt2` (byte-level BPE) or `llama` (SentencePiece).
    pub model: Option<String>,
    /// Rules of splitting before the merges, as `smollm`.
    pub pre: Option<String>,
    /// Number of tokens.
    pub vocabulary: Option<u64>,
    /// Id of the begin-of-sequence token.
    pub bos_id: Option<u64>,
    /// Id of the end-of-sequence token.
    pub eos_id: Option<u64>,
    /// Whether the file asks for a begin-of-sequence token before every prompt.
    pub add_bos: Option<bool>,
    /// Whether a chat template is stored.
    pub chat_template: bool,
}

impl Header {
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.metadata.get(key) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn whole(&self, key: &str) -> Option<u64> {
        as_whole(self.metadata.get(key)?)
    }

    /// One number per layer, from a scalar that holds for all or an array of one each.
    fn per_layer(&self, key: &str, layers: u64) -> Option<Vec<u64>> {
        match self.metadata.get(key)? {
            Value::Array { kept, .. } if kept.len() as u64 == layers => kept.iter().map(as_whole).collect(),
            Value::Array { .. } => None,
            scalar => Some(vec![as_whole(scalar)?; layers as usize]),
        }
    }

    /// The facts of this header.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let architecture = self.text("general.architecture");
        let prefix = architecture.clone().unwrap_or_default();
        let whole = |name: &str| self.whole(&format!("{prefix}.{name}"));
        // Beyond any real model, and a bound on the vectors below.
        let layers = whole("block_count").filter(|layers| *layers <= 65_536);
        let embedding_length = whole("embedding_length");
        let heads = layers.and_then(|n| self.per_layer(&format!("{prefix}.attention.head_count"), n));
        let kv_heads = layers
            .and_then(|n| self.per_layer(&format!("{prefix}.attention.head_count_kv"), n))
            .or_else(|| heads.clone());
        let most = |counts: &Option<Vec<u64>>| counts.as_ref().and_then(|counts| counts.iter().max().copied());
        let default_head = embedding_length.zip(most(&heads)).and_then(|(width, heads)| width.checked_div(heads));
        let key_length = whole("attention.key_length").or(default_head);
        let value_length = whole("attention.value_length").or(default_head);
        let sliding_window = whole("attention.sliding_window").filter(|window| *window > 0);
        let kv_cache = layers.and_then(|layers| {
            let heads = kv_heads.clone()?;
            self.kv_cache(&prefix, heads, layers, key_length?, value_length?)
        });
        Facts {
            name: self.text("general.name"),
            licence: self.text("general.license"),
            context_length: whole("context_length"),
            embedding_length,
            layers,
            heads: most(&heads),
            kv_heads: most(&kv_heads),
            key_length,
            value_length,
            sliding_window,
            experts: whole("expert_count").filter(|experts| *experts > 0),
            experts_used: whole("expert_used_count").filter(|experts| *experts > 0),
            split_files: self.whole("split.count").filter(|files| *files > 1),
            tokenizer: self.tokenizer(),
            kv_cache,
            architecture,
        }
    }

    fn tokenizer(&self) -> Tokenizer {
        Tokenizer {
            model: self.text("tokenizer.ggml.model"),
            pre: self.text("tokenizer.ggml.pre"),
            vocabulary: match self.metadata.get("tokenizer.ggml.tokens") {
                Some(Value::Array { length, .. }) => Some(*length),
                _ => None,
            },
            bos_id: self.whole("tokenizer.ggml.bos_token_id"),
            eos_id: self.whole("tokenizer.ggml.eos_token_id"),
            add_bos: match self.metadata.get("tokenizer.ggml.add_bos_token") {
                Some(Value::Bool(add)) => Some(*add),
                _ => None,
            },
            chat_template: self.metadata.contains_key("tokenizer.chat_template"),
        }
    }
}

fn as_whole(value: &Value) -> Option<u64> {
    match value {
        Value::Unsigned(number) => Some(*number),
        Value::Signed(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}
