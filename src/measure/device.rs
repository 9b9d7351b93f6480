//! This machine, as a document tells of it.

use std::time::Duration;

use crate::device::compute::{self, ComputeProbe};
use crate::device::profile::EnergySource;
use crate::device::{DeviceProfile, probe};
use crate::meter::clock::{Clock, SystemClock};
use crate::meter::energy;
use crate::sysfs::Root;

/// Wall time for both probes together; writing the arrays comes on top, and `probe` as a whole stays below 15 s.
pub const PROBE_TIME: Duration = Duration::from_secs(8);

/// The machine below `root` with its energy sources.
#[must_use]
pub fn describe(root: &Root) -> DeviceProfile {
    let mut profile = probe::profile(root);
    profile.energy_sources = energy::survey(root)
        .into_iter()
        .map(|status| EnergySource {
            source: status.source,
            tier: format!("{:?}", status.tier),
            method: status.method,
            rate_hz: status.rate_hz,
            scope: status.scope,
            reason: status.reason,
        })
        .collect();
    profile
}

/// Bandwidth and compute of this machine, on the machine's clock.
#[must_use]
pub fn measure(profile: &DeviceProfile) -> ComputeProbe {
    let clock = SystemClock::new();
    compute::measure(profile, PROBE_TIME, &|| clock.now())
}
