//! What sort of model the double stands for.

use std::sync::Arc;

/// Token texts beyond the 256 single bytes: letters with their space, so that an option is one token, as in real models.
const MERGES: &[&str] = &[" A", " B", " C", " D", " the", "\n\n", ": ", "    "];
/// The token of the first of them.
pub(super) const FIRST_MERGE: i32 = 258;

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
}

impl MockOptions {
    pub(super) fn merges(&self) -> &'static [&'static str] {
        if self.bytes_only { &[] } else { MERGES }
    }

    pub(super) fn n_vocab(&self) -> usize {
        FIRST_MERGE as usize + self.merges().len()
    }
}
