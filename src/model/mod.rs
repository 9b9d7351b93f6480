//! Models as data: the catalogue, GGUF headers, published releases, fetching.

pub mod densities;
pub mod panels;
pub mod prices;
pub mod table;
