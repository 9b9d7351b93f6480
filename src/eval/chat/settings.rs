//! What the results of a chat depend on beside those of any evaluation.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the prompts, the reading of replies and the delimiters of thoughts together.
pub const FORM: u32 = 1;

/// The day that templates are told, so that prompts and results are those of any other day.
pub const DATE: &str = "2026-01-01";

/// Whether something is done: yes, no, or as fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// As fits the model and the task.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No.
    Off,
}

impl Switch {
    /// What was asked for by name; `None` for `auto`.
    #[must_use]
    pub const fn given(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::On => Some(true),
            Self::Off => Some(false),
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("auto, on or off".to_owned()),
        }
    }
}

/// How chats are held. Results of two chats are of one kind only where all of this agrees, and never of one kind with those
/// of no chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChatSettings {
    /// Version of the chat form.
    pub form: u32,
    /// Name of the template in the file, usually `default`.
    pub template: String,
    /// SHA-256 of the template, hexadecimal.
    pub template_sha256: String,
    /// What the template was told of thinking.
    pub think: Switch,
    /// Most tokens of a thought, on top of those of the answer; 0 where the template knows of no thinking and a thought
    /// takes of the answer's tokens.
    pub think_budget: u32,
    /// The day that the template was told.
    pub date: String,
}
