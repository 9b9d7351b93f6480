//! densimeter tells how much capability a language model packs into a byte and a second of a real device.
//!
//! The crate is layered; each module may import only what stands to its left
//! (`tests/layers.rs` holds this):
//!
//! `{unit, bounded, file_lock, observer} → {stat, sysfs, table} → {law, model, device} → meter → engine → {bench, eval} → worker → measure → report → fleet → cli → cmd → main`
//!
//! [`mod@unit`], [`mod@stat`] and [`mod@law`] are pure: no files, clock, environment or printing, and randomness only by a seed.

pub mod audit;
pub mod bench;
pub mod calibration;
pub mod cli;
pub mod cmd;
pub mod compare;
pub mod crossover;
pub mod density;
pub mod device;
pub mod engine;
pub mod eval;
pub mod file;
pub(crate) mod fleet;
pub mod law;
pub mod measure;
pub mod meter;
pub mod model;
pub mod observer;
pub mod process;
pub mod published;
pub mod report;
pub mod run;
pub mod sanitize;
pub mod stat;
pub mod sysfs;
pub mod table;
pub mod unit;
pub mod worker;
