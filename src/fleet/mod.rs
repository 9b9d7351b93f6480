//! The same on other machines: targets behind ssh and adb, what is sent, what comes back, and arrays behind Slurm.
//!
//! What a target sends is untrusted: bounded, checked against the schema, kept inside the store, and never part of a
//! shell's command.

pub(crate) mod address;
pub(crate) mod agent;
pub(crate) mod agent_session;
pub(crate) mod android;
pub(crate) mod cores;
pub(crate) mod document;
pub(crate) mod event;
pub(crate) mod facts;
pub(crate) mod fetch;
pub(crate) mod host_state;
pub(crate) mod inventory;
pub(crate) mod lock;
pub(crate) mod pipe;
pub(crate) mod program;
pub(crate) mod progress;
pub(crate) mod protocol;
pub(crate) mod reading;
pub(crate) mod record;
pub(crate) mod semaphore;
pub(crate) mod slurm;
pub(crate) mod ssh;
pub(crate) mod status;
pub(crate) mod target_error;
pub(crate) mod target_run;
pub(crate) mod transport;
pub(crate) mod transport_error;
pub(crate) mod upload;
