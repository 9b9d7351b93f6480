//! Statistics without I/O: estimates with intervals, resampling, regression. Randomness comes from a seed argument.

pub mod estimate;
pub mod least_squares;
pub mod proportion;
pub mod rank;

pub use estimate::Estimate;
