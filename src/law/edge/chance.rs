//! What guessing scores on the cloze tasks.

use crate::unit::ClozeTask;

/// The share of items that a guess among the options gets right. (A few ARC items have three or five options, not four,
/// which moves the mean by less than a tenth of a point.)
#[must_use]
pub const fn chance(task: ClozeTask) -> f64 {
    match task {
        ClozeTask::Piqa => 1.0 / 2.0,
        ClozeTask::SocialIqa => 1.0 / 3.0,
        ClozeTask::Csqa => 1.0 / 5.0,
        ClozeTask::ArcEasy
        | ClozeTask::ArcChallenge
        | ClozeTask::HellaSwag
        | ClozeTask::OpenBookQa
        | ClozeTask::MmluCloze => 1.0 / 4.0,
    }
}
