//! The science: loss and performance curves, capability density, the Densing Law. Pure; see `METHODOLOGY.md`.

pub mod capability;
pub mod crossover;
pub mod density;
pub mod exponential;
pub mod family;
pub mod impute;
pub mod noise;
pub mod reference;
