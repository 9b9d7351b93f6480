//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod capability;
pub mod crossover;
pub mod crossover_shift;
pub mod densing;
pub mod density;
pub mod envelope_bootstrap;
pub mod exponential;
pub mod family;
pub mod frontier;
pub mod impute;
pub mod noise;
pub mod reference;
