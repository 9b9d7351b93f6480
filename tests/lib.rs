//! One test binary: each topic is a module.

mod audit;
mod bandwidth;
mod bench;
mod contribution;
mod crossover;
mod crossover_edge;
mod density;
mod device_model;
mod devices;
mod docs;
#[cfg(feature = "download")]
mod download;
mod duckdb;
mod edge_audit;
mod edge_command;
mod edge_control;
mod edge_science;
#[cfg(feature = "llama")]
mod engine;
mod eval;
mod fleet;
mod from_zero;
#[cfg(feature = "vulkan")]
mod gpu;
mod law;
mod law_coverage;
mod layers;
mod manual;
mod models;
mod probe;
mod readme;
mod recommend;
mod report;
mod run;
mod sandbox;
mod sensors;
mod setup;
mod snapshots;
mod trend_oracle;
#[cfg(target_os = "linux")]
mod wheels;
mod wild;
mod workflows;
