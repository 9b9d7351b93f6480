//! The rates of a device of which one model was measured.

use crate::device::class_spec::ClassSpec;
use crate::device::own_speed::OwnSpeed;
use crate::device::rates::{OVERHEAD, Rates, shape};

/// Standard deviation of ln time where one model was measured: its fixed cost per layer counts as cost of its bytes,
/// too much for a larger model (a judgement).
const ONE_MODEL: f64 = 0.3;

/// What a basis says that rests on rows which nobody may quote.
pub const FROM_INVALID: &str = ", from INVALID rows";

/// What was measured of one model, in seconds for a token.
#[derive(Debug, Clone, PartialEq)]
pub struct OneModel {
    /// The model, as a sentence names it: `this run's NAME`.
    pub named: String,
    /// Bytes of its file.
    pub bytes: f64,
    /// Its parameters.
    pub params: f64,
    /// Tokens before the shallowest decode, and its seconds.
    pub shallow: (f64, f64),
    /// Tokens before the deepest decode, and its seconds.
    pub deep: (f64, f64),
    /// Seconds for a token of the longest prompt.
    pub prefill: f64,
    /// Most memory beside weights and cache, bytes; `None` where none was measured.
    pub overhead_bytes: Option<f64>,
    /// What minutes of decoding on end leave of the decode speed, at most 1; `None` where nobody measured it.
    pub sustained: Option<f64>,
    /// Whether all three rows met every condition of the method.
    pub valid: bool,
}

impl OneModel {
    /// A model that was timed earlier: prefill of 512 tokens and decode at the start.
    #[must_use]
    pub fn of_speed(speed: &OwnSpeed) -> Self {
        let decode = 1.0 / speed.decode;
        Self {
            named: format!("{}, timed here on {},", speed.model, speed.measured.strftime("%Y-%m-%d")),
            bytes: speed.read_bytes,
            params: speed.prompt_params,
            shallow: (0.0, decode),
            deep: (0.0, decode),
            prefill: 1.0 / speed.prefill,
            overhead_bytes: None,
            sustained: None,
            valid: true,
        }
    }

    /// The larger of two by the bytes that a token reads: what it tells of large models is nearer to them.
    #[must_use]
    pub fn or_larger(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.bytes > self.bytes => other,
            _ => self,
        }
    }

    /// The rates of the device at the format of a class: no fixed cost is told apart, so larger models may do better.
    #[must_use]
    pub fn rates(&self, class: &ClassSpec, ram_bytes: f64) -> Rates {
        // What is concluded from a number may be quoted no more than the number.
        let doubt = if self.valid { "" } else { FROM_INVALID };
        let sustained = self.sustained.map_or_else(String::new, |share| {
            format!(", decode as minutes without a pause leave it, {share:.2} of the burst")
        });
        let (layers, width) = shape(self.params);
        let positions = self.deep.0 - self.shallow.0;
        let attention = if positions > 0.0 {
            ((self.deep.1 - self.shallow.1) / (layers * width * positions)).max(0.0)
        } else {
            0.0
        };
        Rates {
            format: class.quantization.clone(),
            bits: class.bits_per_weight,
            read: self.shallow.1 / self.bytes * class.bits_per_weight / 8.0 / self.sustained.unwrap_or(1.0),
            layer: 0.0,
            attention,
            compute: self.prefill / self.params,
            prompt_attention: 0.0,
            decode_deviation: ONE_MODEL,
            prefill_deviation: ONE_MODEL,
            usable_bytes: class.usable_bytes(ram_bytes),
            overhead_bytes: self.overhead_bytes.unwrap_or(OVERHEAD),
            memory_deviation: class.memory_over_file_deviation,
            basis: format!(
                "{} alone{doubt}{sustained} (`densimeter devices calibrate` makes a model of the device)",
                self.named
            ),
        }
    }
}
