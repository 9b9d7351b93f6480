//! The same on other machines: targets behind ssh and adb, what is sent, what comes back, and arrays behind Slurm.
//!
//! What a target sends is untrusted: bounded, checked against the schema, kept inside the store, and never part of a
//! shell's command.

pub mod address;
pub mod ask;
pub mod board;
pub mod cores;
pub mod dialogue;
pub mod errand;
pub mod gather;
pub mod inventory;
pub mod lock;
pub mod look;
pub mod phone;
pub mod pipe;
pub mod places;
pub mod program;
pub mod protocol;
pub mod push;
pub mod quote;
pub mod reading;
pub mod record;
pub mod slurm;
pub mod ssh;
pub mod state;
pub mod step;
pub mod tally;
pub mod transport;
pub mod trouble;
