//! What turns scores into sizes: the shipped reference curves and the releases that complete a row of scores.

use super::error::AuditError;
use crate::law::audit_scores::Ground;
use crate::law::family::ReferenceFamily;
use crate::model::published;
use crate::model::release;
use crate::unit::Scores;

/// The shipped curves and complete releases.
pub(super) struct Curves {
    family: ReferenceFamily,
    releases: Vec<Scores>,
}

impl Curves {
    /// Reads them.
    pub(super) fn load() -> Result<Self, AuditError> {
        let releases = published::releases(jiff::civil::Date::MAX)?;
        Ok(Self {
            family: ReferenceFamily::parse(published::REFERENCE_CURVES)?,
            releases: release::complete(&releases),
        })
    }

    /// As the law takes them.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground { family: &self.family, d0: self.family.d0_tokens, releases: &self.releases }
    }
}
