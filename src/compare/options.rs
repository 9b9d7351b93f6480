//! How reports are compared.

use super::identity::Aspect;

/// How reports are compared.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// A speed, latency, memory or density within a factor of 1 + this either way is no change; so is a score within
    /// a hundred times this in points.
    pub threshold: f64,
    /// A loss within a factor of 1 + this either way is no change.
    pub loss_threshold: f64,
    /// Differences that the reader knows of and accepts.
    pub allow: Vec<Aspect>,
}
