//! How rows are evaluated: what an evaluation's results depend on beside the model and the items.

use serde::{Deserialize, Serialize};

use super::chat::settings::ChatSettings;
use crate::engine::ContextOptions;

/// How rows are evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Settings {
    /// The context; its length and number of sequences are set as needed.
    pub context: ContextOptions,
    /// One sequence at a time, cut so that results are bit-identical to evaluation from scratch.
    pub exact: bool,
    /// Evaluate common beginnings once (off: from scratch, for comparison).
    pub share: bool,
    /// Score every row in a batch of its own. On a CPU this takes no longer than full batches (attention does not run
    /// over the cells of other rows; whole texts over one context share batches all the same), and the place of a row in the cache is the one that it has from scratch.
    #[serde(default)]
    pub alone: bool,
    /// Texts generated side by side (1 under `exact`).
    pub parallel: u32,
    /// Layers on a device; 0 where none was asked for or none is there.
    #[serde(default, skip_serializing_if = "is_none")]
    pub n_gpu_layers: u32,
    /// How chats are held; `None` for base completion, without a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatSettings>,
}

/// Logs of runs on the CPU are those of older programs.
fn is_none(layers: &u32) -> bool {
    *layers == 0
}

impl Settings {
    /// Whether the result of a row does not depend on the rows beside it.
    #[must_use]
    pub const fn independent(&self) -> bool {
        self.exact || self.alone
    }
}
