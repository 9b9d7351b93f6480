//! What is kept: the journal, the versioned report, and its renderings.

pub use crate::measure::{bench_report as bench, journal, load_time as load, sustain_report as sustain};

pub mod chart;
pub mod crossover;
pub mod crossover_budget;
pub mod crossover_chart;
pub mod crossover_curve;
pub mod crossover_forecast;
pub mod crossover_row;
pub mod csv;
pub mod derived;
pub mod device_cost;
pub mod device_model;
pub mod figures;
pub mod frontier;
pub mod gallery;
pub mod import;
pub mod markdown;
pub mod own_device;
pub mod page;
pub mod rendering;
pub mod run;
pub mod schema;
pub mod store;
pub mod stored;
pub mod table;
pub mod view;
