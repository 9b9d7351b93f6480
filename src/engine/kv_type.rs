//! Element types of the KV cache.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::gguf::TensorType;

/// Element type of the KV cache, by llama.cpp's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KvType {
    /// 32-bit float.
    F32,
    /// 16-bit float, llama.cpp's default.
    #[default]
    F16,
    /// bfloat16.
    Bf16,
    /// 8-bit blocks of 32.
    Q8_0,
    /// 4-bit blocks of 32.
    Q4_0,
    /// 4-bit blocks of 32 with a minimum.
    Q4_1,
    /// 4-bit blocks of 32 on a curve of values.
    Iq4Nl,
    /// 5-bit blocks of 32.
    Q5_0,
    /// 5-bit blocks of 32 with a minimum.
    Q5_1,
}

impl KvType {
    /// Every type, as llama-bench has them.
    pub const ALL: [Self; 9] =
        [Self::F32, Self::F16, Self::Bf16, Self::Q8_0, Self::Q4_0, Self::Q4_1, Self::Iq4Nl, Self::Q5_0, Self::Q5_1];

    /// The name that the command line and llama-bench use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
            Self::Q4_1 => "q4_1",
            Self::Iq4Nl => "iq4_nl",
            Self::Q5_0 => "q5_0",
            Self::Q5_1 => "q5_1",
        }
    }

    /// ggml's number of the type.
    #[must_use]
    pub fn ggml_type(self) -> u32 {
        TensorType::named(self.name()).expect("the cache's types are types of tensors (a test holds it)").number
    }

    /// Bits of cache per element, block scales included.
    #[must_use]
    pub const fn bits(self) -> f64 {
        match self {
            Self::F32 => 32.0,
            Self::F16 | Self::Bf16 => 16.0,
            Self::Q8_0 => 8.5,
            Self::Q4_0 | Self::Iq4Nl => 4.5,
            Self::Q4_1 => 5.0,
            Self::Q5_0 => 5.5,
            Self::Q5_1 => 6.0,
        }
    }
}

impl fmt::Display for KvType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = || Self::ALL.into_iter();
        known().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let names: Vec<&str> = known().map(Self::name).collect();
            format!("'{text}' is not a KV cache type ({})", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{KvType, TensorType};

    #[test]
    fn names_are_read_as_they_are_written_and_in_the_report_too() {
        for kind in KvType::ALL {
            assert_eq!(kind.name().to_uppercase().parse(), Ok(kind));
            assert_eq!(TensorType::from_number(kind.ggml_type()).unwrap().name, kind.name().to_uppercase());
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        let unknown = "f17".parse::<KvType>().unwrap_err();
        assert!(unknown.contains("f17") && unknown.contains("iq4_nl"), "{unknown}");
    }
}
