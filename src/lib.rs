//! densimeter tells how much capability a language model packs into a byte and a second of a real device.
//!
//! The crate is layered; a module imports only from modules that stand above it here (`tests/layers.rs` holds this):
//!
//! - [`mod@unit`]: typed quantities
//! - [`stat`]: estimates, intervals and fits
//! - [`law`]: the published formulas
//! - `file`, `sysfs`, `process`, `table`, `observer`, `sanitize`: the machine's files, kernel and processes, tables,
//!   what a long run tells whoever watches, and text from outside made harmless
//! - `published`, `model`, `device`, `meter`: the library of published numbers, model files, what the device is, what
//!   it does meanwhile
//! - `engine`: llama.cpp and the mock behind one trait
//! - `bench`, `eval`, `density`: speed, quality, and the density they make
//! - `worker`: measuring in a process of its own
//! - `measure`: a bench or an evaluation from the plan to the document
//! - `server`: the speed of a model behind somebody's server
//! - `calibration`, `audit`: this device's own costs from a set of files, and compressed models against their original
//! - `crossover`: when a class of device, or this device, holds what a capability needs
//! - [`recommend`]: which file of the catalogue a device should run
//! - [`report`]: the document of a run and all that is rendered from it
//! - `compare`, `run`, `contribution`, `fleet`: two reports, the whole in one run, reports given to the project, the same on
//!   other machines
//! - `fuzz`: what reads bytes from outside, for the fuzzers
//! - `cli`: the arguments
//! - `cmd`: one file a command; the only layer that prints
//!
//! [`mod@unit`], [`mod@stat`] and [`law`] are pure: no files, clock, environment or printing, and randomness only by a seed.

pub(crate) mod audit;
pub mod bench;
pub(crate) mod calibration;
pub(crate) mod cli;
pub(crate) mod cmd;
pub(crate) mod compare;
pub(crate) mod contribution;
pub mod crossover;
pub mod density;
pub mod device;
pub mod engine;
pub mod eval;
pub mod file;
pub(crate) mod fleet;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod law;
pub mod measure;
pub mod meter;
pub mod model;
pub mod observer;
pub(crate) mod process;
pub mod published;
pub mod recommend;
pub mod report;
pub(crate) mod run;
pub(crate) mod sanitize;
pub mod server;
pub mod stat;
pub mod sysfs;
pub(crate) mod table;
pub mod unit;
pub mod worker;

pub use cmd::main;
