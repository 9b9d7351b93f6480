//! `fleet` through the binary: boards on this machine behind a real ssh, a board behind a double of adb, and a cluster.
#![cfg(target_os = "linux")]

mod adb;
mod arm;
mod boards;
mod hostile;
mod lab;
mod slurm;
