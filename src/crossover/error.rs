//! Why there is no crossing.

use super::capacity::CapacityError;
use crate::law::crossover::CrossoverError;
use crate::law::densing::LawError;
use crate::stat::ProcessError;

/// Why there is no crossing.
#[derive(Debug, thiserror::Error)]
pub enum CrossingError {
    /// The releases give no law.
    #[error(transparent)]
    Law(#[from] LawError),
    /// The class or device has no capacity.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// The measured speeds give no model.
    #[error(transparent)]
    Speed(#[from] ProcessError),
    /// An input is not a number that can cross.
    #[error(transparent)]
    Crossover(#[from] CrossoverError),
    /// The density of 4-bit formats is not known.
    #[error("fewer than two models of the densities have a quantised row (NAME-GGUF, NAME-GPTQ) beside them")]
    NoFormatPairs,
    /// The class runs nothing that was released.
    #[error("no listed model is as small as the {} parameters that this memory and speed allow", crate::unit::Params::from_count(*room))]
    NothingFits {
        /// Parameters that fit.
        room: f64,
    },
    /// Too few resamples had an envelope.
    #[error("the law of {models} models has no interval: too few resamples have two records")]
    NoSpread {
        /// Models in the law.
        models: usize,
    },
}
