//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod breaks;
pub mod densing;
pub mod envelope_bootstrap;
pub mod frontier;
pub mod sensitivity;
