//! The measured child process and its host: jobs in, JSON Lines out.

pub mod conditions;
pub mod evaluation;
pub mod evaluation_host;
mod evaluation_session;
pub mod host;
pub mod monitor;
mod own_speed;
pub mod protocol;
mod second_look;
pub mod serve;
