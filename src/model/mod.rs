//! Models as data: the catalogue, GGUF headers, published releases, fetching.

pub mod cache;
pub mod catalog;
pub mod fetch;
pub mod gguf;
#[cfg(feature = "download")]
mod http;
#[cfg(feature = "download")]
mod pip;
pub mod resolve;
pub mod source;
