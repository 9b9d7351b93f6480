//! The measured child process and its host: jobs in, JSON Lines out.

pub mod conditions;
pub mod host;
pub mod monitor;
pub mod protocol;
pub mod serve;
