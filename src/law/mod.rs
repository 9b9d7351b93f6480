//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod backtest;
pub mod breaks;
pub mod corollary;
pub mod densing;
pub mod envelope_bootstrap;
pub mod frontier;
pub mod panel_trend;
pub mod sensitivity;
pub mod window;
