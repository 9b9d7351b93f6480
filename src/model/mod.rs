//! Models as data: the catalogue, GGUF headers, published releases, fetching.

pub mod published;
pub mod release;
pub mod table;
