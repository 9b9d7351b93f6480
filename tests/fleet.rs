//! `fleet` through the binary: boards on this machine behind a real ssh, a board behind a double of adb, and a cluster.
#![cfg(target_os = "linux")]

mod adb;
// The ARM binary holds the engine, and so does what it is compared with.
#[cfg(feature = "llama")]
mod arm;
mod boards;
mod collect;
mod hostile;
mod lab;
mod line;
mod slurm;
mod tools;
