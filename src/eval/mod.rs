//! Quality: tasks, prompts, scoring, conditional loss, and the jail for model-written code.
//!
//! From the data to the numbers: [`data`] reads the benchmarks, a [`task::Task`] turns rows into prompts and grades
//! answers, [`schedule`] evaluates them on a session of the engine, [`journal`] keeps one line an item, [`summary`] makes
//! the estimates, and [`run`] ties them together. Nothing here prints.

mod batch_packing;
mod branches;
pub mod choice;
pub mod code;
pub mod code_score;
#[cfg(feature = "download")]
pub mod convert;
pub mod data;
pub mod divergence;
#[cfg(feature = "download")]
pub mod download;
pub mod event;
pub mod exactness;
pub mod forecast;
pub mod generate;
pub mod journal;
mod log_softmax;
pub mod math_equivalence;
mod math_normal;
pub mod math_value;
pub mod merge;
pub mod noise;
pub mod plan;
pub mod programs;
pub mod prompt;
#[cfg(feature = "download")]
pub mod publication;
#[cfg(feature = "download")]
pub mod rc_wheel;
pub mod record;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod scaling_bench;
pub mod schedule;
pub mod shard;
pub mod subset;
pub mod summary;
pub mod task;
pub mod task_row;
pub mod task_spec;
pub mod tasks;
mod texts;
mod tokenized_item;
