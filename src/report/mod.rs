//! What is kept: the journal, the versioned report, and its renderings.

pub mod crossover;
pub mod crossover_budget;
pub mod crossover_chart;
pub mod crossover_forecast;
pub mod crossover_row;
