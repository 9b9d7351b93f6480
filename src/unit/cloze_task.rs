//! The eight cloze tasks of the edge family, whose plain mean is its capability score.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the eight cloze tasks: five worked examples, and the options' whole texts scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClozeTask {
    /// ARC-Easy, test.
    ArcEasy,
    /// ARC-Challenge, test.
    ArcChallenge,
    /// HellaSwag, validation.
    #[serde(rename = "hellaswag")]
    HellaSwag,
    /// PIQA, validation.
    Piqa,
    /// CommonsenseQA, validation.
    Csqa,
    /// Social IQa, validation.
    SocialIqa,
    /// OpenBookQA, test.
    #[serde(rename = "openbookqa")]
    OpenBookQa,
    /// MMLU, test, with the answers' texts in place of letters.
    MmluCloze,
}

impl ClozeTask {
    /// The eight, in the order of tables and arrays.
    pub const ALL: [Self; 8] = [
        Self::ArcEasy,
        Self::ArcChallenge,
        Self::HellaSwag,
        Self::Piqa,
        Self::Csqa,
        Self::SocialIqa,
        Self::OpenBookQa,
        Self::MmluCloze,
    ];

    /// The name used on the command line, in columns and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ArcEasy => "arc_easy",
            Self::ArcChallenge => "arc_challenge",
            Self::HellaSwag => "hellaswag",
            Self::Piqa => "piqa",
            Self::Csqa => "csqa",
            Self::SocialIqa => "social_iqa",
            Self::OpenBookQa => "openbookqa",
            Self::MmluCloze => "mmlu_cloze",
        }
    }

    /// Number of items of the full set.
    #[must_use]
    pub const fn items(self) -> u64 {
        match self {
            Self::ArcEasy => 2_376,
            Self::ArcChallenge => 1_172,
            Self::HellaSwag => 10_042,
            Self::Piqa => 1_838,
            Self::Csqa => 1_221,
            Self::SocialIqa => 1_954,
            Self::OpenBookQa => 500,
            Self::MmluCloze => 14_042,
        }
    }
}

impl fmt::Display for ClozeTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is none of the eight tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no task of the edge family: take arc_easy, arc_challenge, hellaswag, piqa, csqa, social_iqa, openbookqa or mmlu_cloze"
)]
pub struct UnknownClozeTask(pub String);

impl FromStr for ClozeTask {
    type Err = UnknownClozeTask;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|t| t.name() == wanted).ok_or_else(|| UnknownClozeTask(text.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_on_the_command_line_and_in_json() {
        for task in ClozeTask::ALL {
            assert_eq!(task.name().parse(), Ok(task));
            assert_eq!(serde_json::to_value(task).unwrap(), task.name());
        }
        assert!("mmlu".parse::<ClozeTask>().is_err());
    }
}
