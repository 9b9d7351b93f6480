//! Catalogue, GGUF headers and fetching.

mod catalogue;
mod command;
#[cfg(feature = "download")]
mod fetch;
mod gguf;
#[cfg(feature = "download")]
mod pip;
mod quantize;
#[cfg(feature = "download")]
mod server;
pub(crate) mod writer;
