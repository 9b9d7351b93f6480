//! Models as data: the catalogue, GGUF headers, published releases, fetching.

pub mod cache;
pub mod catalog;
pub mod densities;
pub mod fetch;
pub mod gguf;
#[cfg(feature = "download")]
pub(crate) mod http;
pub mod pairs;
pub mod panels;
#[cfg(feature = "download")]
mod pip;
pub mod prices;
pub mod published;
pub mod recipe;
pub mod reference_points;
pub mod relation;
pub mod release;
pub mod resolve;
pub mod source;
