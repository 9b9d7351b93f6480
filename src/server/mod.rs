//! The speed of a model behind an OpenAI-compatible server (llama-server, ollama, LM Studio), as its users get it.
//!
//! What is timed runs in another process already, the server. So the requests are sent from here and not from a worker:
//! a thread for each stream reads a socket and stamps what comes, and a worker between would only add a pipe to every
//! stamp. Nothing that a server sends is trusted; bytes, lines, pieces and seconds are bounded (`limits`).

pub mod address;
pub mod answer;
pub mod beside;
pub(crate) mod cache_check;
pub(crate) mod cell;
#[cfg(feature = "download")]
mod client;
#[cfg(not(feature = "download"))]
#[path = "client_absent.rs"]
mod client;
pub(crate) mod dialect;
pub mod doubt;
pub(crate) mod limits;
pub(crate) mod prompt;
pub(crate) mod repetition;
pub mod report;
pub mod request_error;
pub mod row;
pub mod session;
pub(crate) mod stream;
pub mod summary;
mod wire;
mod words;
