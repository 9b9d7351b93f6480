//! Statistics without I/O: estimates with intervals, resampling, regression. Randomness comes from a seed argument.

pub mod bootstrap;
pub mod draw;
pub mod estimate;
pub mod gaussian_process;
pub mod least_squares;
pub mod proportion;
pub mod regression;
pub mod sample;

pub use bootstrap::{Bootstrap, BootstrapError, Replicates};
pub use estimate::Estimate;
pub use gaussian_process::{GaussianProcess, ProcessError};
pub use regression::{Line, RegressionError};
pub use sample::{Sample, SampleError};
