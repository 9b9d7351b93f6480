//! The sources of energy figures that this program knows. A new one is a file beside this one, and its line here.

use super::source::{Kind, SourceStatus};
use super::{battery_gauge, hwmon, rapl};
use crate::sysfs::Root;

/// Every kind of source, best first.
pub(super) const KINDS: &[&Kind] = &[&rapl::KIND, &hwmon::KIND, &battery_gauge::KIND];

/// Every source this program knows, with what it covers or why it is missing; best first.
#[must_use]
pub fn survey(root: &Root) -> Vec<SourceStatus> {
    KINDS.iter().map(|kind| kind.status(root)).collect()
}
