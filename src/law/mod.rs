//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod crossover;
pub mod exponential;
