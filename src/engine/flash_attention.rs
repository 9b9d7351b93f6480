//! Whether attention is computed by the fused kernel: as it was asked for, before the engine has decided.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the engine is asked for. What a context then really uses is [`super::Session::flash_attention`].
///
/// On the wire it is `true`, `false` or `"auto"`: what was written before there was a choice is read as it was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, JsonSchema)]
#[serde(from = "Wire", into = "Wire")]
#[schemars(with = "Wire")]
pub enum FlashAttention {
    /// The engine decides: on where the device of every layer has the kernel. llama-bench's default.
    #[default]
    Auto,
    /// On.
    On,
    /// Off.
    Off,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Wire {
    Given(bool),
    Left(Left),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Left {
    Auto,
}

impl From<Wire> for FlashAttention {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Given(on) => on.into(),
            Wire::Left(Left::Auto) => Self::Auto,
        }
    }
}

impl From<FlashAttention> for Wire {
    fn from(asked: FlashAttention) -> Self {
        asked.given().map_or(Self::Left(Left::Auto), Self::Given)
    }
}

impl From<bool> for FlashAttention {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

impl FlashAttention {
    /// The words of the command line.
    pub const WORDS: &'static str = "auto, on (1) or off (0)";

    /// What was asked for by name; `None` where the engine decides.
    #[must_use]
    pub const fn given(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::On => Some(true),
            Self::Off => Some(false),
        }
    }
}

impl fmt::Display for FlashAttention {
    /// A word that [`FromStr`] takes: `auto`, `1` or `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.given().map_or("auto", |on| if on { "1" } else { "0" }))
    }
}

impl FromStr for FlashAttention {
    type Err = String;

    /// llama-bench's words, of today and of the years in which the flag was a number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" | "-1" => Ok(Self::Auto),
            "on" | "enabled" | "true" | "1" => Ok(Self::On),
            "off" | "disabled" | "false" | "0" => Ok(Self::Off),
            _ => Err(format!("'{text}' is none of {}", Self::WORDS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_from_before_the_choice_are_read_and_written_alike() {
        for (asked, wire) in
            [(FlashAttention::Auto, "\"auto\""), (FlashAttention::On, "true"), (FlashAttention::Off, "false")]
        {
            assert_eq!(serde_json::to_string(&asked).unwrap(), wire);
            assert_eq!(serde_json::from_str::<FlashAttention>(wire).unwrap(), asked);
            assert_eq!(asked.to_string().parse::<FlashAttention>().unwrap(), asked);
        }
        assert!(serde_json::from_str::<FlashAttention>("\"perhaps\"").is_err());
    }

    #[test]
    fn llama_benchs_words_are_understood_and_others_refused() {
        let read = |text: &str| text.parse::<FlashAttention>();
        assert_eq!([read("auto"), read("-1")], [Ok(FlashAttention::Auto), Ok(FlashAttention::Auto)]);
        assert_eq!([read("on"), read("1")], [Ok(FlashAttention::On), Ok(FlashAttention::On)]);
        assert_eq!([read("off"), read("0")], [Ok(FlashAttention::Off), Ok(FlashAttention::Off)]);
        assert_eq!(read("2").unwrap_err(), "'2' is none of auto, on (1) or off (0)");
    }
}
