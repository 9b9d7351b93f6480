//! Models as data: the catalogue, GGUF headers, fetching.

#[cfg(feature = "download")]
mod byte_parts;
pub mod cache;
pub mod catalog;
pub mod fetch;
pub mod gguf;
#[cfg(feature = "download")]
pub(crate) mod http;
#[cfg(feature = "download")]
mod package_index;
#[cfg(feature = "download")]
mod pip;
#[cfg(feature = "download")]
pub(crate) mod reach;
pub mod recipe;
pub mod relation;
#[cfg(feature = "download")]
mod remote;
pub mod resolve;
pub mod source;
#[cfg(feature = "download")]
pub(crate) mod wheel;
