//! Measuring: drives workers through plans, keeps what they say in a journal, and derives the documents from it.
//!
//! Knows plans and an `Observer`, neither a command line nor a terminal.

pub mod bench_report;
pub mod benchmarks;
pub mod device;
pub mod error;
pub mod evaluation;
mod heard;
mod interleave;
pub mod journal;
pub mod load_time;
pub mod memory_need;
pub mod model_file;
mod own_worker;
pub mod pilot;
pub mod quantizer;
pub mod session;
pub mod stored_probe;
mod sustain;
pub mod sustain_report;
pub mod sweep;
pub mod thread_sweep;

pub use own_worker::untimed_worker;
