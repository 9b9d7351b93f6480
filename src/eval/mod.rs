//! Quality: tasks, prompts, scoring, conditional loss, and the jail for model-written code.

pub mod scaling_bench;
