//! Quality: tasks, prompts, scoring, conditional loss, and the jail for model-written code.

pub mod code;
pub mod sandbox;
pub mod scaling_bench;
