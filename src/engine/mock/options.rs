//! What sort of model the double stands for.

use std::sync::Arc;

/// Token texts beyond the 256 single bytes: letters with their space, so that an option is one token, as in real models.
const MERGES: &[&str] = &[" A", " B", " C", " D", " the", "\n\n", ": ", "    "];
/// The token of the first of them.
pub(super) const FIRST_MERGE: i32 = 258;
/// The token that begins a sequence, and the one that ends a text.
pub(super) const BOS: i32 = 256;
pub(super) const END: i32 = 257;

/// Called with the number of tokens of every decoded batch, so that a virtual clock can advance.
pub type OnTokens = Arc<dyn Fn(usize) + Send + Sync>;

/// The settings of the double.
#[derive(Clone)]
pub(super) struct MockOptions {
    pub(super) seed: u64,
    pub(super) bytes_only: bool,
    pub(super) add_bos: bool,
    pub(super) row_groups: Option<usize>,
    pub(super) n_ctx_train: u32,
    pub(super) sharpness: f32,
    pub(super) on_tokens: Option<OnTokens>,
    /// What it replies in a chat; `None` of a model without a chat template.
    pub(super) reply: Option<String>,
}

/// The control tokens of a double that chats, behind all others: the beginning of a turn, and that of a reply.
const CONTROL: [&str; 2] = ["<|turn|>", "<|reply|>"];

/// The chat template of a double that chats.
pub(super) const TEMPLATE: &str = "\
{{- bos_token }}
{%- for message in messages %}
{{- '<|turn|>' + message.role + '\n' + message.content | trim + eos_token + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|reply|>' }}
{%- if enable_thinking is defined and enable_thinking %}{{- '<think>\n' }}{% endif %}
{%- endif %}";

impl MockOptions {
    pub(super) fn merges(&self) -> &'static [&'static str] {
        if self.bytes_only { &[] } else { MERGES }
    }

    pub(super) fn n_vocab(&self) -> usize {
        FIRST_MERGE as usize + self.merges().len() + self.control().len()
    }

    fn control(&self) -> &'static [&'static str] {
        if self.reply.is_some() { &CONTROL } else { &[] }
    }

    /// The control tokens with their texts.
    pub(super) fn control_tokens(&self) -> impl Iterator<Item = (i32, &'static str)> {
        (FIRST_MERGE + self.merges().len() as i32..).zip(self.control().iter().copied())
    }

    /// The byte of the reply after so many; its end behind the last.
    pub(super) fn said(&self, at: usize) -> i32 {
        self.reply.as_ref().and_then(|reply| reply.as_bytes().get(at)).map_or(END, |byte| i32::from(*byte))
    }

    /// Whether a token begins a reply.
    pub(super) fn begins_reply(&self, token: i32) -> bool {
        self.control_tokens().any(|(control, text)| control == token && text == CONTROL[1])
    }
}
