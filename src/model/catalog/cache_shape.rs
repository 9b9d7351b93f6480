//! Shape of the keys and values of a model, and what a context of them takes.

use serde::{Deserialize, Serialize};

/// Layers that keep keys and values. Layers with a state of fixed size (state space, convolution) keep none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheShape {
    /// Layers that see the whole context.
    pub layers: u32,
    /// Heads of keys and values in each layer.
    pub kv_heads: u32,
    /// Elements of a head.
    pub head: u32,
    /// Layers that see a window of the context only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub local_layers: u32,
    /// Tokens of that window.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub window: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl CacheShape {
    /// What is wrong with it.
    #[must_use]
    pub(super) fn fault(&self) -> Option<&'static str> {
        let possible = |number: u32| (1..=1 << 16).contains(&number);
        if ![self.kv_heads, self.head].into_iter().all(possible) || self.layers.max(self.local_layers) > 1 << 16 {
            Some("cache: layers, kv_heads and head are whole numbers from 1 to 65 536")
        } else if self.layers + self.local_layers == 0 || (self.local_layers > 0) != (self.window > 0) {
            Some("cache: local_layers and window go together, and some layer keeps keys and values")
        } else {
            None
        }
    }

    /// Bytes of a context of so many tokens, its elements of so many bits. A layer with a window holds the window and the
    /// batch that is read at once.
    #[must_use]
    pub fn bytes(&self, context: f64, bits: f64, batch: f64) -> f64 {
        let a_token = 2.0 * f64::from(self.kv_heads) * f64::from(self.head) * bits / 8.0;
        let local = context.min(f64::from(self.window) + batch);
        a_token * (f64::from(self.layers) * context + f64::from(self.local_layers) * local)
    }

    /// Bytes that decoding one token at a depth reads.
    #[must_use]
    pub fn read_bytes(&self, depth: f64, bits: f64) -> f64 {
        let a_token = 2.0 * f64::from(self.kv_heads) * f64::from(self.head) * bits / 8.0;
        a_token * (f64::from(self.layers) * depth + f64::from(self.local_layers) * depth.min(f64::from(self.window)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_bounds_its_layers() {
        // Gemma-3-270m: 3 layers of the whole context and 15 of 512 tokens, one head of 256 elements; 1 KiB a token and layer.
        let shape = CacheShape { layers: 3, kv_heads: 1, head: 256, local_layers: 15, window: 512 };
        approx::assert_relative_eq!(shape.bytes(8192.0, 16.0, 512.0), 1024.0 * (3.0 * 8192.0 + 15.0 * 1024.0));
        approx::assert_relative_eq!(shape.bytes(256.0, 16.0, 512.0), 1024.0 * 18.0 * 256.0);
        approx::assert_relative_eq!(shape.read_bytes(8192.0, 16.0), 1024.0 * (3.0 * 8192.0 + 15.0 * 512.0));
        assert_eq!(shape.fault(), None);
        assert!(CacheShape { window: 0, ..shape }.fault().is_some());
        assert!(CacheShape { kv_heads: 0, ..shape }.fault().is_some());
    }
}
