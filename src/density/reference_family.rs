//! The two families that a density is read against. They never mix: other tasks, another law, another axis.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A reference family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DensityFamily {
    /// The paper's: the mean of five benchmarks.
    #[default]
    Xiao2025,
    /// The small one: the mean of eight cloze tasks.
    Edge,
}

impl DensityFamily {
    /// Name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xiao2025 => "xiao2025",
            Self::Edge => "edge",
        }
    }
}

impl fmt::Display for DensityFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DensityFamily {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Xiao2025, Self::Edge]
            .into_iter()
            .find(|family| family.name() == text)
            .ok_or_else(|| format!("`{text}` is no reference family: xiao2025 or edge"))
    }
}
