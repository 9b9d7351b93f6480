//! What a fetched file tells better than the catalogue: its size, and the keys and values of its header.

use std::path::Path;

use super::{CacheShape, Catalog, CatalogEntry};
use crate::model::cache::Cache;
use crate::model::gguf::{Header, KvCache};
use crate::unit::Bytes;

impl Catalog {
    /// The same catalogue, with what the headers of the files in the cache tell. One that cannot be read tells nothing: whoever
    /// runs the file is told why.
    #[must_use]
    pub fn with_fetched(mut self, cache: &Cache) -> Self {
        for entry in &mut self.entries {
            for at in 0..entry.files.len() {
                entry.read(at, &cache.model_path(&entry.id, &entry.files[at].name));
            }
        }
        self
    }
}

impl CatalogEntry {
    fn read(&mut self, at: usize, path: &Path) {
        let Some((length, header)) =
            std::fs::metadata(path).ok().and_then(|facts| Some((facts.len(), Header::read_alone(path).ok()?)))
        else {
            return;
        };
        let file = &mut self.files[at];
        file.bytes = Some(Bytes::from_bytes(length));
        file.fetched = true;
        // A bound says less than a shape with its windows.
        let told = header.facts().kv_cache.filter(|told| self.cache.is_none() || !told.upper_bound);
        self.cache = told.and_then(CacheShape::of_header).or(self.cache);
    }
}

impl CacheShape {
    /// As many elements a token as a header tells, in one layer; `None` where it keeps nothing, or more than any model.
    fn of_header(told: KvCache) -> Option<Self> {
        let head = u32::try_from(told.key_elements.checked_add(told.value_elements)?.div_ceil(2)).ok()?;
        (head > 0).then_some(Self { layers: 1, kv_heads: 1, head, local_layers: 0, window: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_gives_the_bytes_that_llama_cpp_takes() {
        // SmolLM2-135M: 30 layers of 3 heads of 64 elements, keys and values.
        let told = KvCache { key_elements: 30 * 192, value_elements: 30 * 192, upper_bound: false };
        let shape = CacheShape::of_header(told).unwrap();
        approx::assert_relative_eq!(shape.bytes(4096.0, 16.0, 512.0), told.bytes_per_token(16.0, 16.0) * 4096.0);
        assert!(CacheShape::of_header(KvCache { key_elements: 0, value_elements: 0, upper_bound: false }).is_none());
    }
}
