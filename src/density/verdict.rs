//! One sentence on a density.

use std::fmt;

use super::report::DensityReport;
use crate::law::density::{Density, EffectiveParams};
use crate::stat::Estimate;
use crate::unit::Params;

/// What a density says, as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct DensityVerdict<'a> {
    density: &'a Estimate<Density>,
    effective: &'a Estimate<EffectiveParams>,
    basis: &'a str,
}

impl<'a> DensityVerdict<'a> {
    /// Of a document; `None` where it holds no density.
    #[must_use]
    pub fn of(report: &'a DensityReport) -> Option<Self> {
        Some(Self {
            density: report.density.as_ref()?,
            effective: report.effective_params.as_ref()?,
            basis: report.score_basis.as_deref().unwrap_or("of unknown origin"),
        })
    }
}

impl fmt::Display for DensityVerdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "capability density {:.3}", self.density.point.ratio())?;
        // With an open end nothing is said of the other.
        if let (Some(low), Some(high)) = (self.density.low, self.density.high) {
            write!(f, " [{:.3}, {:.3}]", low.ratio(), high.ratio())?;
        }
        let effective = Params::from_count(self.effective.point.count());
        write!(f, ": {effective} effective parameters, from scores {}", self.basis)
    }
}
