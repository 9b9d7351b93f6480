//! Statistics without I/O: estimates with intervals, resampling, regression. Randomness comes from a seed argument.

mod bisect;
pub mod bootstrap;
pub mod control_variate;
pub mod difference;
pub mod draw;
pub mod estimate;
pub mod gaussian_process;
pub mod histogram;
pub mod holm;
pub mod least_squares;
pub mod normal;
mod p_value;
pub mod paired;
pub mod proportion;
pub mod quantile_regression;
pub mod rank;
pub mod regression;
pub mod sample;
pub mod sequential;
pub mod theil_sen;

pub use bisect::bisect;
pub use bootstrap::{Bootstrap, BootstrapError, Replicates};
pub use estimate::Estimate;
pub use gaussian_process::{GaussianProcess, ProcessError};
pub use p_value::p_text;
pub use quantile_regression::{QuantileLine, quantile_line};
pub use regression::{Line, RegressionError};
pub use sample::{Sample, SampleError};
pub use theil_sen::{TheilSen, theil_sen};

/// Standard deviations to either side that hold 95 % of the normal law.
pub const TWO_SIDED_95: f64 = 1.959_964;

/// The same for 80 %.
pub const TWO_SIDED_80: f64 = 1.281_551_565_544_6;
