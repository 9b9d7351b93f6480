//! A class of devices on another of its processors: what published pairs of the same file on the same device say.

use serde::{Deserialize, Serialize};

/// A processor of a class beside the one that its back end uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// `gpu` or `npu`; behind the class's id it makes the variant's.
    pub kind: String,
    /// Its back end.
    pub backend: String,
    /// Devices that the prefill ratio rests on.
    pub devices: u32,
    /// Prefill over that of the class's back end.
    pub prefill_ratio: f64,
    /// Standard deviation of its logarithm.
    pub prefill_deviation: f64,
    /// Decode over that of the class's back end.
    pub decode_ratio: f64,
    /// Standard deviation of its logarithm.
    pub decode_deviation: f64,
    /// Where the ratios come from.
    pub reason: String,
}

impl Variant {
    /// Its fields with their values, whether they are possible, and what would be.
    pub(super) fn checks(&self) -> [(&'static str, f64, bool, &'static str); 4] {
        let above = |value: f64| value > 0.0 && value.is_finite();
        let least = |value: f64| value >= 0.0 && value.is_finite();
        [
            ("prefill_ratio", self.prefill_ratio, above(self.prefill_ratio), "above zero"),
            ("decode_ratio", self.decode_ratio, above(self.decode_ratio), "above zero"),
            ("prefill_deviation", self.prefill_deviation, least(self.prefill_deviation), "zero or more"),
            ("decode_deviation", self.decode_deviation, least(self.decode_deviation), "zero or more"),
        ]
    }
}
