//! Models as data: the catalogue, GGUF headers, published releases, fetching.

#[cfg(feature = "download")]
mod http;
mod pip;
pub mod cache;
pub mod catalog;
pub mod densities;
pub mod fetch;
pub mod gguf;
pub mod panels;
pub mod prices;
pub mod resolve;
pub mod source;
pub mod table;
