//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod backtest;
pub mod breaks;
pub mod capability;
pub mod corollary;
pub mod densing;
pub mod density;
pub mod envelope_bootstrap;
pub mod family;
pub mod frontier;
pub mod fit;
pub mod crossover;
pub mod crossover_shift;
pub mod exponential;
pub mod impute;
pub mod noise;
pub mod reference;
pub mod panel_trend;
pub mod sensitivity;
pub mod window;
