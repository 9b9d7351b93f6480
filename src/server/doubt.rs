//! What makes a row of a server doubtful, beside what makes any row so.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bench::warning::Warning;

/// Largest share by which the pieces that came and the tokens that the server counts may differ in a valid row, and of a
/// prompt that may come from a cache.
pub const TOLERANCE: f64 = 0.05;

/// Largest share of pieces that may come together in a valid row.
pub const MAX_TOGETHER: f64 = 0.5;

/// One thing to know about a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// The server's count of generated tokens is not that of the pieces that came.
    TokenCount {
        /// Pieces with text, all requests together.
        came: u64,
        /// Tokens by the server.
        told: u64,
        /// By how much they differ at most in one request.
        share: f64,
    },
    /// The server counts nothing.
    NotCounted {
        /// What is counted instead, or missing.
        instead: String,
    },
    /// Answers shorter than asked for.
    StoppedEarly {
        /// Tokens asked for.
        asked: u32,
        /// Fewest that came.
        came: u64,
    },
    /// Answers longer than asked for.
    WentOn {
        /// Tokens asked for.
        asked: u32,
        /// Most that came.
        came: u64,
    },
    /// Prompts of another length than asked for.
    PromptLength {
        /// Tokens asked for.
        asked: u32,
        /// Tokens by the server, median.
        told: f64,
    },
    /// Part of a prompt came from a cache.
    Cached {
        /// Most tokens of one prompt.
        tokens: u64,
        /// As a share of that prompt.
        share: f64,
    },
    /// Many tokens came at the same moment.
    Together {
        /// Share of the gaps that are none.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// Our clock and the server's disagree, with one request at a time.
    ServerClock {
        /// Ours over the server's.
        ratio: f64,
        /// What is compared.
        what: String,
    },
    /// What may be said of any row.
    #[serde(untagged)]
    Measured(Warning),
}

impl Doubt {
    /// Whether this makes the row's number invalid.
    #[must_use]
    pub fn invalidates(&self) -> bool {
        match self {
            Self::TokenCount { share, .. } | Self::Cached { share, .. } => *share > TOLERANCE,
            Self::Together { share, limit } => share > limit,
            Self::Measured(warning) => warning.invalidates(),
            Self::NotCounted { .. }
            | Self::StoppedEarly { .. }
            | Self::WentOn { .. }
            | Self::PromptLength { .. }
            | Self::ServerClock { .. } => false,
        }
    }
}

impl From<Warning> for Doubt {
    fn from(warning: Warning) -> Self {
        Self::Measured(warning)
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| format!("{:.1} %", share * 100.0);
        match self {
            Self::TokenCount { came, told, share } => write!(
                f,
                "{came} pieces of text came, the server counts {told} tokens (by up to {} apart): it sends several tokens at \
                 once, or its count is wrong",
                percent(share)
            ),
            Self::NotCounted { instead } => write!(f, "the server counts no tokens (usage): {instead}"),
            Self::StoppedEarly { asked, came } => write!(
                f,
                "an answer ended after {came} of {asked} tokens: the server does not heed ignore_eos; speeds are of what came"
            ),
            Self::WentOn { asked, came } => {
                write!(
                    f,
                    "an answer of {asked} tokens was asked for and {came} came: the server does not heed max_tokens"
                )
            }
            Self::PromptLength { asked, told } => write!(
                f,
                "prompts of {asked} tokens were asked for, the server counts {told:.0}: speeds are of what it counts"
            ),
            Self::Cached { tokens, share } => write!(
                f,
                "the server took up to {tokens} tokens of a prompt ({}) from a cache although every prompt is new: start it \
                 without one",
                percent(share)
            ),
            Self::Together { share, limit } => write!(
                f,
                "{} of the pieces came together with the one before (limit {}): the server does not send each token when it \
                 has it",
                percent(share),
                percent(limit)
            ),
            Self::ServerClock { ratio, what } => {
                write!(f, "{what} is {ratio:.3} times what the server's own clock says")
            }
            Self::Measured(warning) => warning.fmt(f),
        }
    }
}

/// A warning on the wire: the value, its sentence, and whether it makes the row invalid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DoubtReport {
    /// The value.
    #[serde(flatten)]
    pub doubt: Doubt,
    /// The sentence.
    pub message: String,
    /// Whether it makes the row invalid.
    pub invalidates: bool,
}

impl From<Doubt> for DoubtReport {
    fn from(doubt: Doubt) -> Self {
        Self { message: doubt.to_string(), invalidates: doubt.invalidates(), doubt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sorts_have_one_shape_on_the_wire() {
        let of = |doubt: Doubt| serde_json::to_string(&DoubtReport::from(doubt)).unwrap();
        let ours = of(Doubt::WentOn { asked: 8, came: 9 });
        assert!(ours.starts_with("{\"kind\":\"went_on\",\"asked\":8,\"came\":9,\"message\":"), "{ours}");
        let any = of(Warning::TooFewRepetitions { have: 2, need: 5 }.into());
        assert!(any.starts_with("{\"kind\":\"too_few_repetitions\",\"have\":2,\"need\":5,\"message\":"), "{any}");
        let back: DoubtReport = serde_json::from_str(&any).unwrap();
        assert!(back.invalidates && matches!(back.doubt, Doubt::Measured(Warning::TooFewRepetitions { .. })));
    }
}
