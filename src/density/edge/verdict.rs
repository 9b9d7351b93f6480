//! One sentence on a density of the edge family.

use std::fmt;

use super::report::EdgeDensityReport;
use crate::law::density::{Density, EffectiveParams};
use crate::stat::Estimate;
use crate::stat::estimate::interval;
use crate::unit::Params;

/// What a density of the edge family says, as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct EdgeVerdict<'a> {
    density: &'a Estimate<Density>,
    effective: &'a Estimate<EffectiveParams>,
    report: &'a EdgeDensityReport,
}

impl<'a> EdgeVerdict<'a> {
    /// Of a document; `None` where it holds no density.
    #[must_use]
    pub fn of(report: &'a EdgeDensityReport) -> Option<Self> {
        Some(Self { density: report.density.as_ref()?, effective: report.effective_params.as_ref()?, report })
    }
}

impl fmt::Display for EdgeVerdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: Option<Density>| end.map(|density| format!("{:.2}", density.ratio()));
        let (low, high) = (end(self.density.low), end(self.density.high));
        let ends = interval(low.as_deref(), high.as_deref()).map_or_else(String::new, |ends| format!(" {ends}"));
        let effective = Params::from_count(self.effective.point.count());
        let items: u64 = self.report.items.values().sum();
        write!(
            f,
            "capability density {:.2}{ends} in the edge family: as good as a {effective} reference on eight cloze \
             tasks ({items} items)",
            self.density.point.ratio()
        )
    }
}
