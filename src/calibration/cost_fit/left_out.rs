//! How well a fit predicts the files that it was not shown.

use super::super::set::{CalibrationFile, Timing, Work};
use super::{CostError, CostFit, checked};

/// A prediction of a row that the fit was not shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeftOut {
    /// Index of the row.
    pub row: usize,
    /// predicted / measured − 1.
    pub relative: f64,
}

/// Leaves out every group of files in turn (`group` names it: the file itself, or its model) and predicts its rows from
/// the others. A group without which nothing is determined is passed over.
pub(crate) fn leave_out(
    files: &[CalibrationFile],
    timings: &[Timing],
    work: Work,
    group: impl Fn(&CalibrationFile) -> String,
) -> Result<Vec<LeftOut>, CostError> {
    checked(files, timings)?;
    let mut groups: Vec<String> = files.iter().map(&group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut found = Vec::new();
    for left in &groups {
        let shown: Vec<Timing> = timings.iter().filter(|timing| group(&files[timing.file]) != *left).copied().collect();
        let Ok(fit) = CostFit::fit(files, &shown, work) else { continue };
        for (row, timing) in timings.iter().enumerate() {
            let file = &files[timing.file];
            if timing.work != work || group(file) != *left {
                continue;
            }
            if let Some((seconds, _)) = fit.predict(file, timing.positions(file)) {
                found.push(LeftOut { row, relative: seconds / timing.seconds - 1.0 });
            }
        }
    }
    Ok(found)
}
