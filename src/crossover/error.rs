//! Why there is no crossing.

use super::capacity::CapacityError;
use super::target::TargetError;
use crate::law::arrival::release_law::ReleaseLawError;
use crate::stat::ProcessError;
use crate::stat::least_squares::FitError;

/// Why there is no crossing.
#[derive(Debug, thiserror::Error)]
pub enum CrossingError {
    /// The releases give no law.
    #[error(transparent)]
    Releases(#[from] ReleaseLawError),
    /// The ladder of the edge family gives no curve.
    #[error(transparent)]
    Ladder(#[from] FitError),
    /// The class or device has no capacity.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// The measured speeds give no model.
    #[error(transparent)]
    Speed(#[from] ProcessError),
    /// A capability is out of reach.
    #[error(transparent)]
    Target(#[from] TargetError),
}
