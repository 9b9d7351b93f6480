//! How well a fit predicts the files that it was not shown.

use super::{CostError, CostFit, checked};
use crate::device::ladder::{Rung, Timing, Work};

/// A prediction of a row that the fit was not shown.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Index of the row.
    pub row: usize,
    /// predicted / measured − 1.
    pub relative: f64,
}

/// Leaves out every group of files in turn (`group` names it: the file itself, or its model) and predicts its rows from
/// the others. A group without which nothing is determined is passed over.
pub fn leave_out(
    rungs: &[Rung],
    timings: &[Timing],
    work: Work,
    group: impl Fn(&Rung) -> String,
) -> Result<Vec<LeftOut>, CostError> {
    checked(rungs, timings)?;
    let mut groups: Vec<String> = rungs.iter().map(&group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut found = Vec::new();
    for left in &groups {
        let shown: Vec<Timing> = timings.iter().filter(|timing| group(&rungs[timing.rung]) != *left).copied().collect();
        let Ok(fit) = CostFit::fit(rungs, &shown, work) else { continue };
        for (row, timing) in timings.iter().enumerate() {
            let rung = &rungs[timing.rung];
            if timing.work != work || group(rung) != *left {
                continue;
            }
            if let Some((seconds, _)) = fit.predict(rung, timing.positions(rung)) {
                found.push(LeftOut { row, relative: seconds / timing.seconds - 1.0 });
            }
        }
    }
    Ok(found)
}
