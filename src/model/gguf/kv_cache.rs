//! What the key-value cache takes, as llama.cpp lays it out for an architecture (`llama_model::create_memory`).

use serde::Serialize;

use super::{FileKind, Header};

/// Memory the key-value cache takes for one token of context, all layers together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KvCache {
    /// Key elements per token.
    pub key_elements: u64,
    /// Value elements per token.
    pub value_elements: u64,
    /// True where it may be less: layers with a sliding window stop growing, and some layers may keep nothing.
    pub upper_bound: bool,
}

impl KvCache {
    /// Bytes per token with keys and values of these many bits each (F16 is 16, Q8_0 8.5).
    #[must_use]
    pub fn bytes_per_token(&self, key_bits: f64, value_bits: f64) -> f64 {
        (self.key_elements as f64 * key_bits + self.value_elements as f64 * value_bits) / 8.0
    }
}

/// Architectures of which every so many-th layer attends to the context, and how many by default.
const INTERVALS: &[(&str, u64)] = &[("qwen3next", 4), ("qwen35", 4), ("qwen35moe", 4), ("minimax-01", 8)];

impl Header {
    /// The cache of a model whose layers have these counts of key and value heads.
    pub(super) fn kv_cache(
        &self,
        architecture: &str,
        mut heads: Vec<u64>,
        layers: u64,
        key: u64,
        value: u64,
    ) -> Option<KvCache> {
        let whole = |name: &str| self.whole(&format!("{architecture}.{name}")).filter(|number| *number > 0);
        if self.file_kind() == FileKind::Encoder {
            // The whole text is one batch, and nothing is kept of it.
            return Some(KvCache { key_elements: 0, value_elements: 0, upper_bound: false });
        }
        let default = INTERVALS.iter().find(|(name, _)| *name == architecture).map(|(_, interval)| *interval);
        let interval = whole("full_attention_interval").or(default);
        if let Some(interval) = interval {
            // The other layers keep a state of one size.
            let recurrent = |(layer, _): &(usize, &mut u64)| !(*layer as u64 + 1).is_multiple_of(interval);
            heads.iter_mut().enumerate().filter(recurrent).for_each(|(_, heads)| *heads = 0);
        }
        // The last layers look into the cache of earlier ones.
        let own = match architecture {
            "gemma3n" => 20,
            _ => layers.saturating_sub(whole("attention.shared_kv_layers").unwrap_or(0)),
        };
        heads.iter_mut().skip(usize::try_from(own).unwrap_or(usize::MAX)).for_each(|heads| *heads = 0);
        let sum = |length: u64| heads.iter().try_fold(0u64, |sum, n| sum.checked_add(n.checked_mul(length)?));
        // Latent attention keeps one compressed vector a layer, from which keys and values are made.
        let latent = whole("attention.key_length_mla").is_some() && whole("attention.value_length_mla").is_some();
        let attending = heads.iter().filter(|heads| **heads > 0).count() as u64;
        let index = whole("attention.indexer.key_length").unwrap_or(0);
        let all_alike = heads.windows(2).all(|pair| pair[0] == pair[1]);
        let states = ["ssm.state_size", "ssm.inner_size", "wkv.head_size", "shortconv.l_cache"]
            .iter()
            .any(|key| whole(key).is_some());
        let windows = ["attention.sliding_window", "attention.chunk_size", "nextn_predict_layers"];
        Some(KvCache {
            key_elements: sum(key)?.checked_add(attending.checked_mul(index)?)?,
            value_elements: if latent { 0 } else { sum(value)? },
            upper_bound: windows.iter().any(|key| whole(key).is_some())
                || index > 0
                || architecture == "llama4"
                // A model with states of which it is not said which layers have them.
                || (states && all_alike && interval.is_none()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Value::{self, Bool, Unsigned};
    use super::super::tests::header;

    fn cache(architecture: &str, entries: &[(&str, Value)]) -> (u64, u64, bool) {
        let mut all = vec![
            ("block_count", Unsigned(40)),
            ("embedding_length", Unsigned(2048)),
            ("attention.head_count", Unsigned(16)),
            ("attention.head_count_kv", Unsigned(2)),
            ("attention.key_length", Unsigned(256)),
            ("attention.value_length", Unsigned(256)),
        ];
        all.extend(entries.iter().cloned());
        let cache = header(architecture, &all).facts().kv_cache.unwrap();
        (cache.key_elements, cache.value_elements, cache.upper_bound)
    }

    #[test]
    fn every_layer_keeps_keys_and_values() {
        assert_eq!(cache("llama", &[]), (40 * 512, 40 * 512, false));
    }

    #[test]
    fn one_layer_in_four_attends() {
        let states = ("ssm.state_size", Unsigned(128));
        assert_eq!(
            cache("qwen35moe", &[states.clone(), ("full_attention_interval", Unsigned(4))]),
            (10 * 512, 10 * 512, false)
        );
        assert_eq!(cache("qwen3next", std::slice::from_ref(&states)), (10 * 512, 10 * 512, false));
        assert_eq!(cache("falcon-h1", &[states]), (40 * 512, 40 * 512, true), "which layers have states is not said");
    }

    #[test]
    fn latent_attention_keeps_no_values() {
        let latent = [
            ("attention.head_count_kv", Unsigned(1)),
            ("attention.key_length", Unsigned(576)),
            ("attention.value_length", Unsigned(512)),
            ("attention.key_length_mla", Unsigned(192)),
            ("attention.value_length_mla", Unsigned(128)),
        ];
        assert_eq!(cache("deepseek2", &latent), (40 * 576, 0, false));
    }

    #[test]
    fn what_is_shared_or_bounded_is_at_most() {
        assert_eq!(cache("gemma4", &[("attention.shared_kv_layers", Unsigned(15))]), (25 * 512, 25 * 512, false));
        assert!(cache("gemma3", &[("attention.sliding_window", Unsigned(512))]).2);
        assert!(cache("glm4moe", &[("nextn_predict_layers", Unsigned(1))]).2);
        assert_eq!(cache("eurobert", &[("attention.causal", Bool(false))]), (0, 0, false));
    }
}
