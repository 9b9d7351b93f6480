//! What the machine was like while the clock ran: heat, clocks, other load, faults, energy.

use serde::{Deserialize, Serialize};

use crate::meter::energy::EnergyReading;
use crate::meter::load::LoadReading;
use crate::meter::standstill::Standstill;
use crate::meter::thermal::ThermalReading;
use crate::meter::throttling::Throttling;
use crate::sysfs::Reasons;
use crate::sysfs::cgroup::processors::Periods;

/// The conditions of one repetition. What could not be read is `None`, and `reasons` says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// Heat and clocks before.
    pub before: ThermalReading,
    /// Heat and clocks after.
    pub after: ThermalReading,
    /// Whether the processor was held back in between.
    pub throttling: Throttling,
    /// Other load, steal and context switches.
    pub load: Option<LoadReading>,
    /// Page faults that went to disk.
    pub major_faults: Option<u64>,
    /// Energy of the repetition.
    pub energy: Option<EnergyReading>,
    /// Periods of the control groups' quotas; `None` without a quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Periods>,
    /// Whether the process or the machine stood still; `None` where nobody watched, or an older program wrote this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standstill: Option<Standstill>,
    /// Whether the device ran on its battery; `None` where there is none.
    pub on_battery: Option<bool>,
    /// Reasons for what is `None`, by name.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
}
