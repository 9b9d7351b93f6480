//! Models as data: the catalogue, GGUF headers, fetching.

pub mod cache;
pub mod catalog;
pub mod fetch;
pub mod gguf;
#[cfg(feature = "download")]
pub(crate) mod http;
#[cfg(feature = "download")]
mod pip;
pub mod recipe;
pub mod relation;
pub mod resolve;
pub mod source;
