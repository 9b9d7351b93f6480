//! densimeter tells how much capability a language model packs into a byte and a second of a real device.
//!
//! The crate is layered; each module may import only what stands to its left
//! (`tests/layers.rs` holds this):
//!
//! `{unit, file, sanitize} → {stat, sysfs, process, table} → {law, model, device} → meter → engine → {bench, eval} → {worker, report} → fleet → cli → cmd → main`
//!
//! [`mod@unit`], [`mod@stat`] and [`mod@law`] are pure: no files, clock, environment or printing, and randomness only by a seed.

pub mod bench;
pub mod cli;
pub mod cmd;
pub mod device;
pub mod engine;
pub mod eval;
pub mod file;
pub(crate) mod fleet;
pub mod law;
pub mod meter;
pub mod model;
pub mod process;
pub mod report;
pub mod sanitize;
pub mod stat;
pub mod sysfs;
pub mod table;
pub mod unit;
pub mod worker;
