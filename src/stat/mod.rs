//! Statistics without I/O: estimates with intervals, resampling, regression. Randomness comes from a seed argument.

pub mod estimate;
pub mod proportion;

pub use estimate::Estimate;
