//! What is kept: the journal, the versioned report, and its renderings.

pub mod audit;
pub mod audit_ci;
pub mod bench;
pub mod crossover;
pub mod crossover_budget;
pub mod crossover_chart;
pub mod crossover_curve;
pub mod crossover_forecast;
pub mod crossover_row;
pub mod csv;
pub mod device_cost;
pub mod device_model;
pub mod eval;
pub mod journal;
pub mod load;
pub mod markdown;
pub mod own_device;
pub mod run;
pub mod store;
pub mod sustain;
pub mod table;
