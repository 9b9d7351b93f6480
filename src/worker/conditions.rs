//! What the machine was like while the clock ran: heat, clocks, other load, faults, energy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::meter::battery::BatteryMeter;
use crate::meter::clock::Clock;
use crate::meter::energy::{EnergyMeter, EnergyReading, EnergySession};
use crate::meter::load::{LoadMeter, LoadReading, LoadSample};
use crate::meter::memory::MemoryMeter;
use crate::meter::thermal::{ThermalMeter, ThermalReading};
use crate::meter::throttling::Throttling;
use crate::sysfs::{Missing, Reasons, Root, or_note};

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
    /// Whether the device ran on its battery; `None` where there is none.
    pub on_battery: Option<bool>,
    /// Reasons for what is `None`, by name.
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    pub reasons: Reasons,
}

/// The meters of a worker.
pub struct Watch {
    thermal: ThermalMeter,
    load: LoadMeter,
    memory: MemoryMeter,
    battery: BatteryMeter,
    energy: EnergyMeter,
}

/// Meters that were started.
#[must_use = "conditions are known only when the watch is stopped"]
pub struct Watching<'a> {
    watch: &'a Watch,
    before: ThermalReading,
    load: Result<LoadSample, Missing>,
    major_faults: Option<u64>,
    energy: Result<EnergySession, String>,
}

impl Watch {
    /// Meters of the machine below `root` and of this process.
    #[must_use]
    pub fn new(root: &Root, clock: Arc<dyn Clock>) -> Self {
        Self {
            thermal: ThermalMeter::new(root.clone()),
            load: LoadMeter::of_self(root.clone()),
            memory: MemoryMeter::of_self(root.clone()),
            battery: BatteryMeter::new(root.clone()),
            energy: EnergyMeter::choose(root, clock),
        }
    }

    /// Memory of this process, every mapping walked (milliseconds: never while a clock runs).
    #[must_use]
    pub fn memory(&self) -> crate::meter::memory::MemoryReading {
        self.memory.read_in_full()
    }

    /// Starts the meters.
    pub fn start(&self) -> Watching<'_> {
        Watching {
            watch: self,
            before: self.thermal.read(),
            load: self.load.sample(),
            major_faults: self.memory.read().major_faults,
            energy: self.energy.start(),
        }
    }
}

impl Watching<'_> {
    /// Stops the meters.
    #[must_use]
    pub fn stop(self) -> Conditions {
        let mut reasons = Reasons::new();
        let energy = self.energy.and_then(EnergySession::stop);
        let energy = energy.map_err(|why| reasons.insert("energy".to_owned(), why)).ok();
        let later = self.watch.load.sample();
        let load = self.load.and_then(|before| before.until(&later?));
        let load = or_note(load, "load", &mut reasons);
        let after = self.watch.thermal.read();
        let faults = self.watch.memory.read().major_faults;
        Conditions {
            throttling: self.before.until(&after),
            before: self.before,
            after,
            load,
            major_faults: faults.zip(self.major_faults).map(|(after, before)| after.saturating_sub(before)),
            energy,
            on_battery: self.watch.battery.read().map(|battery| battery.discharging()),
            reasons,
        }
    }
}
