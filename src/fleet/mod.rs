//! The same on other machines: targets behind ssh and adb, what is sent, what comes back, and arrays behind Slurm.
//!
//! What a target sends is untrusted: bounded, checked against the schema, kept inside the store, and never part of a
//! shell's command.

pub mod address;
pub mod agent;
pub mod agent_session;
pub mod android;
pub mod cores;
pub mod event;
pub mod facts;
pub mod fetch;
pub mod host_state;
pub mod inventory;
pub mod lock;
pub mod pipe;
pub mod program;
pub mod progress;
pub mod protocol;
pub mod reading;
pub mod record;
pub mod semaphore;
pub mod shell;
pub mod slurm;
pub mod ssh;
pub mod status;
pub mod target_error;
pub mod target_run;
pub mod transport;
pub mod transport_error;
pub mod upload;
