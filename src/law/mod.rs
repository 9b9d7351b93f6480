//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod audit;
pub mod audit_loss;
pub mod audit_published;
pub mod audit_scores;
pub mod backtest;
pub mod breaks;
pub mod capability;
pub mod corollary;
pub mod crossover;
pub mod crossover_shift;
pub mod densing;
pub mod density;
pub mod envelope_bootstrap;
pub mod evidence;
pub mod exponential;
pub mod extension;
pub mod family;
pub mod fit;
pub mod frontier;
pub mod impute;
pub mod noise;
pub mod panel_trend;
pub mod pareto;
pub mod reference;
pub mod sensitivity;
pub mod window;
