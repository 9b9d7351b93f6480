//! The sources of energy figures that this program knows. A new one is a file beside this one, named twice here: as a
//! module, and in the order of trust.

use super::source::{Kind, SourceStatus};
use crate::sysfs::Root;

mod battery_gauge;
mod hwmon;
mod rail;
mod rapl;

/// Every kind of source, best first.
pub(in crate::meter::energy) const KINDS: &[&Kind] = &[&rapl::KIND, &hwmon::KIND, &battery_gauge::KIND];

/// Every source this program knows, with what it covers or why it is missing; best first.
#[must_use]
pub fn survey(root: &Root) -> Vec<SourceStatus> {
    KINDS.iter().map(|kind| kind.status(root)).collect()
}
