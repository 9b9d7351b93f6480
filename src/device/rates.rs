//! What a device takes for a model of any size, in the form that a budget needs.

use crate::stat::bisect;

/// Seven billion parameters are 32 layers of 4096 elements; with 12·layers·width² parameters and a fixed shape both
/// grow by the cube root.
const REFERENCE: (f64, f64, f64) = (7e9, 32.0, 4096.0);

/// Elements of keys and values over those of the queries: grouped attention of four heads to one.
const KV_SHARE: f64 = 0.25;

/// Bits of one cached element, F16.
const CACHE_BITS: f64 = 16.0;

/// Buffers beside weights and cache where no peak was measured.
pub const OVERHEAD: f64 = 256.0 * 1024.0 * 1024.0;

/// Sizes between which the largest runnable model is sought, as ln parameters.
const SIZES: (f64, f64) = (11.5, 32.3);

/// Times and memory of a device in one format of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Format, by name.
    pub format: String,
    /// Bits of file per weight in it.
    pub bits: f64,
    /// Seconds to read one weight for a token.
    pub read: f64,
    /// Seconds for one layer of a decoded token.
    pub layer: f64,
    /// Seconds for one element of attention and position while decoding.
    pub attention: f64,
    /// Seconds to compute with one weight for a token of the prompt.
    pub compute: f64,
    /// Seconds for one element of attention and position of a prompt's token.
    pub prompt_attention: f64,
    /// Standard deviation of ln decode time.
    pub decode_deviation: f64,
    /// Standard deviation of ln prefill time.
    pub prefill_deviation: f64,
    /// Bytes that weights, cache and buffers may take.
    pub usable_bytes: f64,
    /// Bytes of buffers beside weights and cache.
    pub overhead_bytes: f64,
    /// Standard deviation of ln memory.
    pub memory_deviation: f64,
    /// What the numbers rest on, for people.
    pub basis: String,
}

fn layers(params: f64) -> f64 {
    REFERENCE.1 * (params / REFERENCE.0).cbrt()
}

fn width(params: f64) -> f64 {
    REFERENCE.2 * (params / REFERENCE.0).cbrt()
}

/// Layers and elements of their heads of a model of the usual shape.
#[must_use]
pub fn shape(params: f64) -> (f64, f64) {
    (layers(params), width(params))
}

/// Bytes of keys and values of a token in a model of the usual shape, its cached elements of so many bits.
#[must_use]
pub fn usual_cache(params: f64, bits: f64) -> f64 {
    2.0 * layers(params) * width(params) * KV_SHARE * bits / 8.0
}

impl Rates {
    /// Seconds for one token of a model that reads `active` parameters, after `depth` tokens.
    #[must_use]
    pub fn decode_seconds(&self, active: f64, depth: f64) -> f64 {
        let layers = layers(active);
        active * self.read + layers * self.layer + layers * width(active) * depth * self.attention
    }

    /// Seconds to the first token of a prompt.
    #[must_use]
    pub fn first_token_seconds(&self, active: f64, prompt: f64) -> f64 {
        let attention = layers(active) * width(active) * prompt / 2.0 * self.prompt_attention;
        prompt * (active * self.compute + attention)
    }

    /// Bytes of a model in memory with a context of so many tokens.
    #[must_use]
    pub fn memory_bytes(&self, total: f64, context: f64) -> f64 {
        let cache = usual_cache(total, CACHE_BITS) * context;
        total * self.bits / 8.0 + cache + self.overhead_bytes
    }

    /// Most parameters that fit the memory.
    #[must_use]
    pub fn most_by_memory(&self, context: f64) -> Option<f64> {
        most(|params| self.memory_bytes(params, context) / self.usable_bytes)
    }

    /// Most parameters that decode at a speed after `depth` tokens.
    #[must_use]
    pub fn most_by_decode(&self, tokens_per_second: f64, depth: f64) -> Option<f64> {
        most(|params| self.decode_seconds(params, depth) * tokens_per_second)
    }

    /// Most parameters whose first token of a prompt comes in time.
    #[must_use]
    pub fn most_by_prefill(&self, seconds: f64, prompt: f64) -> Option<f64> {
        most(|params| self.first_token_seconds(params, prompt) / seconds)
    }
}

/// The size at which a rising cost reaches 1.
fn most(cost: impl Fn(f64) -> f64) -> Option<f64> {
    bisect(SIZES.0, SIZES.1, |ln| cost(ln.exp()) - 1.0).map(f64::exp)
}

/// Root mean square of relative errors.
#[must_use]
pub fn rms(errors: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = errors.clone().count();
    (count > 0).then(|| (errors.map(|error| error * error).sum::<f64>() / count as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_model_meets_its_limit_exactly() {
        let rates = Rates {
            format: "Q4_K_M".to_owned(),
            bits: 4.9,
            read: 1e-10,
            layer: 5e-5,
            attention: 4e-10,
            compute: 1e-11,
            prompt_attention: 1e-11,
            decode_deviation: 0.1,
            prefill_deviation: 0.1,
            usable_bytes: 12e9,
            overhead_bytes: 3e8,
            memory_deviation: 0.1,
            basis: String::new(),
        };
        let decode = rates.most_by_decode(10.0, 640.0).unwrap();
        approx::assert_relative_eq!(rates.decode_seconds(decode, 640.0), 0.1, max_relative = 1e-9);
        assert!(decode < rates.most_by_decode(10.0, 0.0).unwrap(), "depth costs");
        let prefill = rates.most_by_prefill(2.0, 512.0).unwrap();
        approx::assert_relative_eq!(rates.first_token_seconds(prefill, 512.0), 2.0, max_relative = 1e-9);
        let memory = rates.most_by_memory(768.0).unwrap();
        approx::assert_relative_eq!(rates.memory_bytes(memory, 768.0), 12e9, max_relative = 1e-9);
        assert!(Rates { overhead_bytes: 13e9, ..rates }.most_by_memory(768.0).is_none(), "nothing fits");
    }
}
