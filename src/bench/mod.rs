//! Speed: what to run, in which order, and what was measured. Yields values; never prints.

pub mod elsewhere;
pub mod fresh_prompt;
pub mod honesty;
pub mod measurement;
pub mod plan;
pub mod runner;
pub mod warning;
