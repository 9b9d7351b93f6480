//! Small releases as the law of releases takes them, placed in the edge family by their HellaSwag accuracy.

use jiff::civil::Date;

use crate::law::arrival::release::{BILLION, Level, ScoredRelease};
use crate::law::edge::D0_TOKENS;
use crate::law::edge::curve::EdgeCurve;
use crate::law::edge::family::left_out_of_task;
use crate::law::frontier::ORIGIN;
use crate::published::Library;
use crate::published::edge_releases::EdgeRelease;
use crate::stat::least_squares::FitError;
use crate::unit::ClozeTask;

/// The task by which releases are placed: the only one of the eight that makers print.
const TASK: ClozeTask = ClozeTask::HellaSwag;
/// Standard deviation of a published accuracy: shots, harness and prompts differ by 1.5 points, and the accuracy is by the
/// character of the option in most of them.
const PUBLISHED_SD: f64 = 0.015;

/// From a published accuracy to a level of the edge family.
#[derive(Debug, Clone, Copy)]
pub struct ByHellaSwag {
    curve: EdgeCurve,
    left_out: f64,
}

impl ByHellaSwag {
    /// By the library's ladder.
    ///
    /// # Errors
    /// The ladder determines no curve of the task.
    pub fn of(library: &Library) -> Result<Self, FitError> {
        let ladder = &library.edge_ladder;
        Ok(Self { curve: EdgeCurve::of_task(ladder, TASK)?, left_out: left_out_of_task(ladder, TASK)? })
    }

    /// ln N̂ with its doubt: of the accuracy, and of a size that the ladder does not have. `None` off the curve.
    #[must_use]
    pub fn level(&self, release: &EdgeRelease) -> Option<Level> {
        let ln = self.curve.ln_params_of_accuracy(release.hellaswag, D0_TOKENS).ok()?;
        let slope = self.curve.log_slope_of_accuracy(release.hellaswag, D0_TOKENS).ok()?;
        Some(Level { ln: ln - BILLION.ln(), deviation: (slope * PUBLISHED_SD).hypot(self.left_out) })
    }
}

/// The library's small releases that were out by a day.
///
/// # Errors
/// The ladder determines no curve of the task.
pub fn edge_scored(library: &Library, until: Date) -> Result<Vec<ScoredRelease>, FitError> {
    let by = ByHellaSwag::of(library)?;
    let out = library.edge_releases.iter().filter(|release| (ORIGIN..=until).contains(&release.date));
    let scored = out.filter_map(|release| {
        Some(ScoredRelease {
            model: release.model.clone(),
            family: release.family.clone(),
            date: release.date,
            params: release.params.count(),
            active_share: 1.0,
            loops: 1.0,
            level: by.level(release)?,
        })
    });
    Ok(scored.collect())
}
